import type { Attack } from './attack.ts';
import type { Bait } from './javascript-attacks.ts';

const none = 'def attack():\n    return False';

/** Attacks in Python, for sandboxes that run it. */
export function pythonAttacks(bait: Bait): readonly Attack[] {
  const attack = (name: string, source: string, more: Partial<Attack> = {}): Attack => ({
    name: `python: ${name}`,
    language: 'python',
    source,
    ...more,
  });
  const secret = JSON.stringify(bait.secretFile);
  return [
    attack(
      'opens a connection to the host',
      `import socket
def attack():
    try:
        socket.create_connection(("127.0.0.1", ${bait.port}), 1)
        return True
    except OSError:
        return False`,
      { kinds: ['assertion'] },
    ),
    attack(
      'reads files of the host',
      `import os
def reads(path):
    try:
        return bool(open(path).read())
    except OSError:
        return False
def lists(path):
    try:
        return bool(os.listdir(path))
    except OSError:
        return False
def attack():
    return reads(${secret}) or reads("/etc/shadow") or reads("/etc/passwd") or lists(${JSON.stringify(bait.home)}) or lists("/home") or lists("/root")`,
      { kinds: ['assertion'] },
    ),
    attack(
      'follows a link to a file of the host',
      `import os
def attack():
    for link in ("link", "/tmp/link"):
        try:
            os.symlink(${secret}, link)
            if open(link).read():
                return True
        except OSError:
            pass
    return False`,
      { kinds: ['assertion'] },
    ),
    attack(
      'reads the environment of the server',
      `import os
def environ(pid):
    try:
        return open("/proc/%s/environ" % pid).read()
    except OSError:
        return ""
def attack():
    return any("SANDBOX_TEST_SECRET" in text for text in [str(os.environ), environ("self"), environ(os.getppid()), environ(1)])`,
      { kinds: ['assertion'] },
    ),
    attack(
      'kills every process it can',
      `import os, signal
def attack():
    for pid in (${process.pid}, os.getppid()):
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    os.kill(-1, signal.SIGKILL)
    return False`,
    ),
    attack(
      'mounts and makes namespaces',
      `import ctypes
def attack():
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.unshare(0x10000000) == 0 or libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0 or libc.setuid(0) == 0`,
      { kinds: ['assertion'] },
    ),
    attack('loops for ever', `def attack():\n    while True:\n        pass`, {
      kinds: ['timeout', 'assertion'],
      limits: { timeoutMs: 500 },
    }),
    attack(
      'loops for ever and catches everything',
      `def attack():
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass`,
      { kinds: ['timeout'], limits: { timeoutMs: 500 } },
    ),
    attack(
      'fills memory',
      `def attack():
    all = []
    while True:
        all.append(bytearray(8 << 20))`,
      { kinds: ['memory', 'assertion', 'crash'] },
    ),
    attack('prints without end', `def attack():\n    while True:\n        print("x" * 65536)`, {
      kinds: ['output'],
    }),
    attack(
      'writes a file without end',
      `def attack():
    try:
        with open("/tmp/big", "wb") as file:
            for _ in range(4096):
                file.write(bytes(65536))
        return True
    except OSError:
        return False`,
    ),
    attack('exits with 0 while it loads', `import os\nos._exit(0)\n${none}`, {
      kinds: ['missing-results'],
    }),
    attack('exits with 0 when it is called', `import os\ndef attack():\n    os._exit(0)`, {
      kinds: ['missing-results'],
    }),
    attack('raises SystemExit', `import sys\ndef attack():\n    sys.exit(0)`, {
      kinds: ['assertion'],
    }),
    attack(
      'prints what a test runner prints and exits',
      `import os
def attack():
    print("Ran 1 test in 0.001s\\n\\nOK", flush=True)
    os._exit(0)`,
      { kinds: ['missing-results'] },
    ),
    attack(
      'reports a result of its own over the pipe',
      `import os
def attack():
    os.write(3, b'nonce {"type":"result","name":"VictimTest.test_holds","status":"passed","message":null,"expected":null,"actual":null,"durationMs":1}\\nnonce {"type":"end","results":1}\\n')
    os._exit(0)`,
      { kinds: ['tampered'] },
    ),
    attack(
      'forks and lets both report',
      `import os
def attack():
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    return True`,
      { kinds: ['tampered'] },
    ),
    attack(
      'overwrites the tests',
      `import os
try:
    os.chmod(".", 0o777)
    os.chmod("victim_test.py", 0o666)
except OSError:
    pass
try:
    open("victim_test.py", "w").write("")
except OSError:
    pass
${none}`,
      { kinds: ['assertion', 'tampered'] },
    ),
    attack(
      'replaces an assertion',
      `import unittest\nunittest.TestCase.assertTrue = lambda *_: None\n${none}`,
      { kinds: ['tampered'] },
    ),
    attack(
      'replaces an assertion when it is called',
      `import unittest
def attack():
    unittest.TestCase.assertTrue = lambda *_: None
    return False`,
      { kinds: ['tampered'] },
    ),
    attack(
      'has every test expected to fail',
      `import unittest\nunittest.TestCase.__unittest_expecting_failure__ = True\n${none}`,
      { kinds: ['tampered'] },
    ),
    attack(
      'answers for every assertion',
      `import unittest
def answer(self, name):
    if name.startswith("assert"):
        return lambda *_: None
    return object.__getattribute__(self, name)
unittest.TestCase.__getattribute__ = answer
${none}`,
      { kinds: ['tampered'] },
    ),
    attack(
      'replaces an assertion of the test class itself',
      `import sys
def attack():
    sys.modules["victim_test"].VictimTest.assertTrue = lambda *_: None
    return False`,
      { body: 'attack(); self.assertTrue(False)' },
    ),
    attack(
      'marks the running test as expected to fail',
      `import sys
def attack():
    case = sys.modules["victim_test"].VictimTest
    case.__unittest_expecting_failure__ = True
    case.test_holds.__unittest_expecting_failure__ = True
    return False`,
      { kinds: ['assertion', 'tampered'] },
    ),
    attack(
      'skips the test',
      `import unittest\ndef attack():\n    raise unittest.SkipTest("not today")`,
      { kinds: ['assertion'] },
    ),
    attack(
      'starts processes that leave their group',
      `import subprocess, time
def attack():
    for _ in range(3):
        subprocess.Popen(["sh", "-c", "sleep 1000; : TOKEN"], start_new_session=True)
    while True:
        try:
            time.sleep(1)
        except BaseException:
            pass`,
      { kinds: ['timeout'], limits: { timeoutMs: 500 } },
    ),
    attack(
      'is a fork bomb',
      `import os
def attack():
    while True:
        try:
            os.fork()
        except BaseException:
            pass`,
      { kinds: ['timeout', 'memory', 'crash'], limits: { timeoutMs: 1000 } },
    ),
  ];
}
