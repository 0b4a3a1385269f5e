"""Runs inside the sandbox, in the same process as the tests and the code under test.

1. The nonce is read before any file of the task loads, and standard input is then at its end.
2. The tests are collected first; their bodies do not run then.
3. Results go over the separate pipe only; what is printed means nothing.
4. Without an `end` message nothing has passed.

Code that reaches into the interpreter itself (frames, gc, ctypes) is out of reach.
"""

import builtins
import importlib
import importlib.abc
import importlib.machinery
import json
import json.encoder
import linecache
import os
import re
import signal
import sys
import time
import traceback
import types
import unittest
import unittest.case
import unittest.result
import unittest.suite

PIPE = 3
MAX_TEXT = 4096


def main():
    config = json.loads(sys.stdin.buffer.read())
    os.set_inheritable(PIPE, False)
    send = open_channel(config["nonce"])
    job = os.getcwd()
    sys.path.insert(0, job)
    sys.argv = ["test"]
    sys.dont_write_bytecode = True
    stubs = Stubs(config["stubs"])
    if config["stubs"]:
        sys.meta_path.insert(0, stubs)
    guard = Guard()
    runner = PytestRunner if config["pytest"] else UnittestRunner
    quit_now = os._exit
    try:
        results = runner(config, send, stubs, guard, job).run()
    except LoadFailed as failed:
        send([("type", "load-failed"), ("file", failed.file), ("kind", failed.kind), ("message", failed.message)])
        quit_now(1)
    send([("type", "end"), ("results", results)])
    flush()
    quit_now(0)


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass


def open_channel(nonce):
    """A function that sends a message, a list of pairs; the nonce stays in its closure."""
    write = os.write
    quote = json.encoder.encode_basestring_ascii
    kinds = (type, str, list, bool, len)

    def encode(value):
        of, text, many, _, _ = kinds
        if value is None:
            return "null"
        if of(value) is text:
            return quote(value[:MAX_TEXT])
        if of(value) is many:
            return "[" + ",".join([encode(item) for item in value]) + "]"
        return "%s" % (value,)

    def send(pairs):
        line = "{" + ",".join([quote(key) + ":" + encode(value) for key, value in pairs]) + "}"
        data = (nonce + " " + line + "\n").encode("ascii")
        while data:
            data = data[write(PIPE, data):]

    return send


class LoadFailed(Exception):
    def __init__(self, file, kind, message):
        super().__init__(message)
        self.file = file
        self.kind = kind
        self.message = message


class Guard:
    """Notices when a function that judges is not what it was; new names are fine, but not special ones."""

    def __init__(self):
        owners = [
            builtins,
            unittest.TestCase,
            unittest.case,
            unittest.case._Outcome,
            unittest.result.TestResult,
            unittest.suite.TestSuite,
            unittest.suite.BaseTestSuite,
        ]
        # Python's own interactive name changes by itself.
        self.originals = [
            (owner, name, value) for owner in owners for name, value in vars(owner).items() if name != "_"
        ]
        self.methods = frozenset(name for name, value in vars(unittest.TestCase).items() if callable(value))
        # A new `__getattribute__` would answer for every assertion.
        self.closed = [(owner, frozenset(vars(owner))) for owner in owners if isinstance(owner, type)]
        self.lookup = vars

    def replaced(self):
        missing = self
        for owner, name, value in self.originals:
            if self.lookup(owner).get(name, missing) is not value:
                return name
        for owner, names in self.closed:
            for name in self.lookup(owner):
                if self.judges(name) and name not in names:
                    return name
        return None

    def watch(self, tests):
        """The classes of the tests too: an assertion is looked for there first. Other names of theirs may change."""
        classes = {owner for test in tests for owner in type(test).__mro__ if owner not in unittest.TestCase.__mro__}
        for owner in classes:
            judging = [(name, value) for name, value in vars(owner).items() if self.judges(name)]
            self.originals += [(owner, name, value) for name, value in judging]
            self.closed.append((owner, frozenset(name for name, _ in judging)))

    def judges(self, name):
        return is_hook(name) or name.startswith("test") or name in self.methods


def is_hook(name):
    """A name that Python or unittest asks a class for; what is known of annotations comes by itself."""
    return name.startswith("__") and not name.startswith("__annot")


class Stubs(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands in for the source modules: any name can be imported from them."""

    def __init__(self, names):
        self.names = frozenset(names)
        self.packages = frozenset(
            ".".join(parts[:count]) for parts in (name.split(".") for name in names) for count in range(1, len(parts))
        )
        self.armed = False

    def find_spec(self, fullname, path, target=None):
        if fullname in self.names or fullname in self.packages:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=fullname in self.packages)
        return None

    def create_module(self, spec):
        return StubModule(spec.name, self)

    def exec_module(self, module):
        pass


class StubModule(types.ModuleType):
    def __init__(self, name, stubs):
        super().__init__(name)
        self.__dict__["_stubs"] = stubs

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub(self.__name__ + "." + name, self.__dict__["_stubs"])


class Stub:
    """While files load it bears everything; when bodies run, using it raises."""

    def __init__(self, name, stubs):
        self.__dict__["_name"] = name
        self.__dict__["_stubs"] = stubs

    def _use(self, *_args, **_keywords):
        if self._stubs.armed:
            raise NotImplementedError(self._name + " is not implemented")
        return Stub(self._name + "()", self._stubs)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub(self._name + "." + name, self._stubs)

    def __mro_entries__(self, _bases):
        return ()

    def __iter__(self):
        self._use()
        return iter(())

    def __bool__(self):
        self._use()
        return True

    def __len__(self):
        self._use()
        return 0

    def __setattr__(self, name, value):
        self._use()

    __call__ = __getitem__ = __setitem__ = __contains__ = __enter__ = __exit__ = _use
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __floordiv__ = _use
    __mod__ = __pow__ = __neg__ = __lt__ = __le__ = __gt__ = __ge__ = __and__ = __or__ = _use
    __await__ = __int__ = __float__ = __index__ = _use


class UnittestRunner:
    def __init__(self, config, send, stubs, guard, job):
        self.config = config
        self.send = send
        self.stubs = stubs
        self.guard = guard
        self.job = job

    def run(self):
        tests = self.load()
        self.send([("type", "names"), ("names", [name for name, _ in tests])])
        self.check()
        if self.config["mode"] == "collect":
            return 0
        if self.config["useStub"]:
            self.stubs.armed = True
        result = Reporter(self, {id(test): name for name, test in tests})
        suite = unittest.TestSuite([test for _, test in tests])
        suite.run(result)
        return result.count

    def check(self):
        replaced = self.guard.replaced()
        if replaced is not None:
            self.send([("type", "tampered"), ("message", "A built-in function was replaced: " + str(replaced))])

    def load(self):
        files = self.config["tests"]
        used = {}
        tests = []
        for file in files:
            module = load_file(file["path"], file["module"], self.job)
            for case in cases_of(module):
                name = type(case).__qualname__ + "." + case._testMethodName
                if len(files) > 1:
                    name = file["path"] + " > " + name
                used[name] = used.get(name, 0) + 1
                tests.append((name if used[name] == 1 else "%s (%d)" % (name, used[name]), case))
        self.guard.watch([case for _, case in tests])
        return tests


def load_file(path, name, job):
    try:
        return importlib.import_module(name)
    except BaseException as error:
        kind = "syntax" if isinstance(error, SyntaxError) else "crash"
        raise LoadFailed(path, kind, describe(error, job)) from None


def cases_of(module):
    """The test cases of a module in the order in which they are written, skipped ones left out."""
    loader = unittest.TestLoader()
    for value in sorted(vars(module).values(), key=lambda value: line_of(value)):
        if not isinstance(value, type) or not issubclass(value, unittest.TestCase):
            continue
        if value.__module__.startswith("unittest.") or getattr(value, "__unittest_skip__", False):
            continue
        methods = loader.getTestCaseNames(value)
        for method in sorted(methods, key=lambda name: line_of(getattr(value, name))):
            if not getattr(getattr(value, method), "__unittest_skip__", False):
                yield value(method)


def line_of(value):
    if isinstance(value, type):
        lines = [line_of(member) for member in vars(value).values() if isinstance(member, types.FunctionType)]
        return min(lines, default=0)
    code = getattr(getattr(value, "__func__", value), "__code__", None)
    return code.co_firstlineno if isinstance(code, types.CodeType) else 0


class Reporter(unittest.TestResult):
    """Reports each test when it has ended, with the worst that happened to it."""

    def __init__(self, runner, names):
        super().__init__()
        self.runner = runner
        self.names = names
        self.count = 0
        self.now = time.perf_counter
        self.outcome = None

    def startTest(self, test):
        super().startTest(test)
        self.outcome = None
        self.started = self.now()
        start_alarm(self.runner.config["testTimeoutMs"])

    def stopTest(self, test):
        stop_alarm()
        super().stopTest(test)
        name = self.names.get(id(test))
        if name is None:
            return
        status, message, expected, actual = self.outcome or ("failed", "The test reported nothing.", None, None)
        self.count += 1
        self.runner.send(
            [
                ("type", "result"),
                ("name", name),
                ("status", status),
                ("message", message),
                ("expected", expected),
                ("actual", actual),
                ("durationMs", max(0.0, (self.now() - self.started) * 1000)),
            ]
        )
        self.runner.check()

    def addSuccess(self, test):
        self.outcome = self.outcome or ("passed", None, None, None)

    def addFailure(self, test, err):
        self.fail(test, err)

    def addError(self, test, err):
        if id(test) not in self.names:
            message = describe(err[1], self.runner.job)
            self.runner.send([("type", "hook-failed"), ("suite", str(test)), ("message", message)])
            return
        self.fail(test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None and (self.outcome is None or self.outcome[0] != "failed"):
            self.outcome = explain(err[1], self.runner.job)
            self.outcome = (self.outcome[0], str(subtest._subDescription()) + " " + self.outcome[1]) + self.outcome[2:]

    def addSkip(self, test, reason):
        if self.outcome is None:
            self.outcome = ("skipped", str(reason), None, None)

    def addExpectedFailure(self, test, err):
        self.outcome = self.outcome or ("passed", None, None, None)

    def addUnexpectedSuccess(self, test):
        self.outcome = ("failed", "The test was expected to fail, and passed.", None, None)

    def fail(self, test, err):
        if self.outcome is None or self.outcome[0] != "failed":
            self.outcome = explain(err[1], self.runner.job)


def start_alarm(milliseconds):
    def ring(_signal, _frame):
        raise TimeoutError("The test did not end within %d ms." % milliseconds)

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, milliseconds / 1000)


def stop_alarm():
    signal.setitimer(signal.ITIMER_REAL, 0)


def explain(error, job):
    """('failed', message, expected, actual) of what a test raised."""
    expected, actual = compared(error)
    return ("failed", describe(error, job), expected, actual)


def compared(error):
    """The arguments of the assertion that failed: assertEqual(first, second) is (actual, expected)."""
    if not isinstance(error, AssertionError):
        return (None, None)
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    for frame in frames:
        values = frame.f_locals
        if frame.f_globals.get("__name__") == "unittest.case" and "first" in values and "second" in values:
            return (show(values["second"]), show(values["first"]))
    return (None, None)


def show(value):
    try:
        return repr(value)[:1000]
    except BaseException:
        return None


def describe(error, job):
    """`TypeError: message (file.py:3: the line)`, in the words of the interpreter."""
    try:
        if isinstance(error, SyntaxError):
            return "".join(traceback.format_exception_only(type(error), error)).strip()
        name = type(error).__name__
        message = str(error)
        text = message if name == "AssertionError" and message else name + (": " + message if message else "")
        place = place_of(error, job)
        return text if place is None else text + "\n    at " + place
    except BaseException:
        return "Something was raised that cannot be shown."


def place_of(error, job):
    inside = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename.startswith(job + os.sep)
    ]
    if not inside:
        return None
    file, line = inside[-1]
    return "%s:%d: %s" % (os.path.relpath(file, job), line, linecache.getline(file, line).strip())


class PytestRunner(UnittestRunner):
    def run(self):
        try:
            import pytest
        except ImportError as error:
            message = "pytest is not installed here: %s" % error
            raise LoadFailed(self.config["tests"][0]["path"], "crash", message) from None
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        plugin = PytestPlugin(self)
        args = [os.path.join(self.job, file["path"]) for file in self.config["tests"]]
        options = ["-q", "--no-header", "--no-summary", "--tb=short", "-p", "no:cacheprovider", "--import-mode=importlib"]
        options += ["--noconftest", "-c", os.devnull, "--rootdir=" + self.job]
        if self.config["mode"] == "collect":
            options.append("--collect-only")
        code = pytest.main(options + args, plugins=[plugin])
        if plugin.failure is not None:
            raise plugin.failure
        if code in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR):
            raise LoadFailed(self.config["tests"][0]["path"], "crash", "pytest ended with %s" % code)
        return plugin.count


class PytestPlugin:
    def __init__(self, runner):
        self.runner = runner
        self.failure = None
        self.count = 0
        self.outcomes = {}
        self.names = {}

    def pytest_collectreport(self, report):
        if report.failed and self.failure is None:
            text = str(report.longrepr)
            kind = "syntax" if "SyntaxError" in text else "crash"
            self.failure = LoadFailed(report.nodeid or "tests", kind, text[-MAX_TEXT:])

    def pytest_collection_finish(self, session):
        if self.failure is not None:
            return
        several = len(self.runner.config["tests"]) > 1
        used = {}
        for item in session.items:
            if any(item.iter_markers(name="skip")):
                continue
            file, _, rest = item.nodeid.partition("::")
            name = rest.replace("::", ".")
            if several:
                name = file + " > " + name
            used[name] = used.get(name, 0) + 1
            self.names[item.nodeid] = name if used[name] == 1 else "%s (%d)" % (name, used[name])
        self.runner.send([("type", "names"), ("names", list(self.names.values()))])
        self.runner.check()
        if self.runner.config["useStub"]:
            self.runner.stubs.armed = True

    def pytest_runtest_logstart(self, nodeid, location):
        start_alarm(self.runner.config["testTimeoutMs"])

    def pytest_runtest_logreport(self, report):
        known = self.outcomes.get(report.nodeid)
        if report.failed and known is None:
            message = re.sub(r"\n{3,}", "\n\n", self.message(report))
            self.outcomes[report.nodeid] = ("failed", message)
        elif report.skipped and known is None:
            self.outcomes[report.nodeid] = ("skipped", "skipped")
        elif report.when == "call" and report.passed and known is None:
            self.outcomes[report.nodeid] = ("passed", None)

    def message(self, report):
        crash = getattr(report.longrepr, "reprcrash", None)
        return str(crash.message if crash is not None else report.longrepr)[:MAX_TEXT]

    def pytest_runtest_logfinish(self, nodeid, location):
        stop_alarm()
        name = self.names.get(nodeid)
        if name is None:
            return
        status, message = self.outcomes.get(nodeid, ("failed", "The test reported nothing."))
        self.count += 1
        self.runner.send(
            [
                ("type", "result"),
                ("name", name),
                ("status", status),
                ("message", message),
                ("expected", None),
                ("actual", None),
                ("durationMs", None),
            ]
        )
        self.runner.check()


main()
