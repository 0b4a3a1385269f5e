import type { Attack } from './attack.ts';

export interface Bait {
  /** A port of 127.0.0.1 that somebody listens on. */
  readonly port: number;
  /** A file that only the server's user should read. */
  readonly secretFile: string;
  readonly home: string;
}

const none = 'export const attack = () => false;';

/** Attacks in JavaScript, for every sandbox. */
export function javascriptAttacks(bait: Bait): readonly Attack[] {
  const attack = (name: string, source: string, more: Partial<Attack> = {}): Attack => ({
    name: `javascript: ${name}`,
    language: 'javascript',
    source,
    ...more,
  });
  const secret = JSON.stringify(bait.secretFile);
  return [
    attack(
      'opens a connection to the host',
      `import net from 'node:net';
       export const attack = () => new Promise((resolve) => {
         const socket = net.connect(${bait.port}, '127.0.0.1', () => resolve(true));
         socket.on('error', () => resolve(false));
       });`,
      { kinds: ['assertion'] },
    ),
    attack(
      'fetches from the host',
      `export const attack = () => fetch('http://127.0.0.1:${bait.port}/').then(() => true, () => false);`,
      { kinds: ['assertion'] },
    ),
    attack(
      'looks a name up',
      `import dns from 'node:dns/promises';
       export const attack = () => dns.lookup('localhost.localdomain.example').then(() => true, () => false);`,
      { kinds: ['assertion'] },
    ),
    attack(
      'reads a file of the host',
      `import fs from 'node:fs';
       export const attack = () => { try { return fs.readFileSync(${secret}, 'utf8').length > 0; } catch { return false; } };`,
      { kinds: ['assertion'] },
    ),
    attack(
      'lists the home and the secrets of the system',
      `import fs from 'node:fs';
       const reads = (path) => { try { fs.readFileSync(path); return true; } catch (e) { return e.code === 'EISDIR'; } };
       const lists = (path) => { try { return fs.readdirSync(path).length > 0; } catch { return false; } };
       export const attack = () => lists(${JSON.stringify(bait.home)}) || lists('/home') || lists('/root') || reads('/etc/shadow') || reads('/etc/passwd');`,
      { kinds: ['assertion'] },
    ),
    attack(
      'follows a link to a file of the host',
      `import fs from 'node:fs';
       export const attack = () => {
         for (const link of ['./link', '/tmp/link']) {
           try { fs.symlinkSync(${secret}, link); if (fs.readFileSync(link, 'utf8').length > 0) return true; } catch {}
         }
         return false;
       };`,
      { kinds: ['assertion'] },
    ),
    attack(
      'imports a file of the host',
      `export const attack = () => import(['file:/', ${secret}].join('/')).then(() => true, () => false);`,
      { kinds: ['assertion'] },
    ),
    attack(
      'reads the environment of the server',
      `import fs from 'node:fs';
       const environ = (pid) => { try { return fs.readFileSync('/proc/' + pid + '/environ', 'latin1'); } catch { return ''; } };
       export const attack = () => [JSON.stringify(process.env), environ('self'), environ(process.ppid), environ(1)]
         .some((text) => text.includes('SANDBOX_TEST_SECRET'));`,
      { kinds: ['assertion'] },
    ),
    attack(
      'kills its parent',
      `export const attack = () => {
         for (const pid of [process.ppid, ${process.pid}]) { try { process.kill(pid, 'SIGKILL'); } catch {} }
         return false;
       };`,
    ),
    attack('loops for ever', `export const attack = () => { for (;;); };`, {
      kinds: ['timeout'],
      limits: { timeoutMs: 500 },
    }),
    attack('loops for ever while it loads', `for (;;);\nexport const attack = () => true;`, {
      kinds: ['timeout'],
      limits: { timeoutMs: 500 },
    }),
    attack(
      'fills the heap',
      `export const attack = () => { const all = []; for (;;) all.push(new Array(10000).fill(all.length)); };`,
      { kinds: ['memory'] },
    ),
    attack(
      'fills memory outside the heap',
      `export const attack = () => { const all = []; for (;;) all.push(Buffer.alloc(8 << 20, 1)); };`,
      { kinds: ['memory', 'crash'] },
    ),
    attack(
      'prints without end',
      `export const attack = () => { for (;;) process.stdout.write('x'.repeat(65536)); };`,
      // A full pipe makes Node keep the rest in memory.
      { kinds: ['output', 'memory', 'timeout'] },
    ),
    attack(
      'floods the result pipe',
      `import fs from 'node:fs';
       export const attack = () => { for (;;) fs.writeSync(3, 'x'.repeat(65536)); };`,
      { kinds: ['output', 'tampered'] },
    ),
    attack(
      'writes a file without end',
      `import fs from 'node:fs';
       export const attack = () => {
         try { const file = fs.openSync('/tmp/big', 'w'); for (let i = 0; i < 4096; i++) fs.writeSync(file, Buffer.alloc(65536)); return true; }
         catch { return false; }
       };`,
    ),
    attack('exits with 0 while it loads', `process.exit(0);\n${none}`, {
      kinds: ['missing-results'],
    }),
    attack('exits with 0 when it is called', `export const attack = () => process.exit(0);`, {
      kinds: ['missing-results'],
    }),
    attack(
      'exits with 0 through the real binding',
      `export const attack = () => { process.reallyExit(0); };`,
      { kinds: ['missing-results'] },
    ),
    attack('kills itself', `export const attack = () => process.abort();`, { kinds: ['crash'] }),
    attack(
      'prints what a test runner prints',
      `export const attack = () => {
         console.log('TAP version 13\\nok 1 - holds\\n1..1\\n# tests 1\\n# pass 1\\n# fail 0');
         console.log(JSON.stringify({ type: 'result', name: 'holds', status: 'passed' }));
         process.exit(0);
       };`,
      { kinds: ['missing-results'] },
    ),
    attack(
      'reports a result of its own over the pipe',
      `import fs from 'node:fs';
       export const attack = () => {
         const line = (message) => 'nonce ' + JSON.stringify(message) + '\\n';
         fs.writeSync(3, line({ type: 'result', name: 'holds', status: 'passed', message: null, expected: null, actual: null, durationMs: 1 }));
         fs.writeSync(3, line({ type: 'end', results: 1 }));
         process.exit(0);
       };`,
      { kinds: ['tampered'] },
    ),
    attack(
      'looks for the nonce',
      `import fs from 'node:fs';
       export const attack = () => {
         const text = process.argv.concat(process.execArgv, Object.values(process.env)).join(' ');
         let input = ''; try { input = fs.readFileSync(0, 'utf8'); } catch {}
         return /[0-9a-f]{48}/.test(text + input);
       };`,
      { kinds: ['assertion'] },
    ),
    attack(
      'catches the nonce through a prototype',
      `let caught = '';
       Object.defineProperty(Object.prototype, 'toJSON', { configurable: true, get() { return function () { caught += String(this); return this; }; } });
       Object.defineProperty(Array.prototype, 'toJSON', { configurable: true, value() { caught += this.join(); return this; } });
       export const attack = () => /[0-9a-f]{48}/.test(caught);`,
    ),
    attack(
      'overwrites the tests',
      `import fs from 'node:fs';
       for (const name of ['victim.spec.js', '.victim.spec.js.bundle.mjs']) {
         try { fs.chmodSync('.', 0o777); fs.chmodSync(name, 0o666); } catch {}
         try { fs.writeFileSync(name, "test('holds', () => {});"); } catch {}
         try { fs.rmSync(name); fs.writeFileSync(name, "test('holds', () => {});"); } catch {}
       }
       ${none}`,
      { kinds: ['assertion', 'tampered'] },
    ),
    attack('replaces expect', `globalThis.expect = () => ({ toBe() {} });\n${none}`, {
      kinds: ['crash'],
    }),
    attack(
      'defines expect anew',
      `Object.defineProperty(globalThis, 'expect', { value: () => ({ toBe() {} }) });\n${none}`,
      { kinds: ['crash'] },
    ),
    attack(
      'replaces a matcher',
      `try { expect.extend({ toBe: () => ({ pass: true, message: () => '' }) }); } catch {}
       try { globalThis[Symbol.for('$$jest-matchers-object')].matchers = {}; } catch {}
       ${none}`,
      { kinds: ['assertion', 'tampered'] },
    ),
    attack(
      'has everything taken for equal',
      `try { expect.addEqualityTesters([() => true]); } catch {}
       export const attack = () => { try { expect.addEqualityTesters([() => true]); } catch {} return { b: 2 }; };`,
      { body: 'expect(await attack()).toEqual({ a: 1 });', kinds: ['assertion'] },
    ),
    attack(
      'replaces what matchers are made of',
      `Object.is = () => true;\nArray.prototype.every = () => true;\n${none}`,
      { kinds: ['tampered'] },
    ),
    attack(
      'replaces what matchers are made of when it is called',
      `export const attack = () => { Object.is = () => true; return false; };`,
      { kinds: ['tampered'] },
    ),
    attack(
      'replaces functions of node:assert',
      `import assert from 'node:assert';
       for (const name of Object.keys(assert)) { try { assert[name] = () => {}; } catch {} }
       ${none}`,
      {
        body: 'assert.strictEqual(await attack(), true); assert(await attack());',
        kinds: ['assertion'],
      },
    ),
    attack(
      'replaces functions of node:test',
      `const real = process.getBuiltinModule('node:test');
       for (const name of ['it', 'test', 'describe', 'run']) { try { real[name] = () => {}; } catch {} }
       ${none}`,
      { kinds: ['assertion'] },
    ),
    attack(
      'registers passing tests with the real runner',
      `const real = process.getBuiltinModule('node:test');
       real.test('holds', () => {});
       ${none}`,
      { kinds: ['assertion', 'missing-results'] },
    ),
    attack(
      'declares one more test of the same name',
      `try { test('holds', () => {}); } catch {}\n${none}`,
      { kinds: ['assertion', 'tampered', 'missing-results'] },
    ),
    attack(
      'reaches the test by eval',
      `for (const name of ['attack', 'expect', 'test', 'config', 'send', 'import_globals']) { try { (0, eval)(name + ' = () => ({ toBe() {} })'); } catch {} }
       export const attack = () => { try { eval('expect = () => ({ toBe() {} })'); } catch {} return false; };`,
      { kinds: ['assertion'] },
    ),
    attack(
      'throws what cannot be shown',
      `export const attack = () => { throw { get message() { throw new Error('no'); }, get name() { process.exit(0); } }; };`,
    ),
    attack(
      'starts processes that leave their group',
      `import { spawn } from 'node:child_process';
       export const attack = () => {
         try { for (let i = 0; i < 3; i++) spawn('sh', ['-c', 'sleep 1000; : TOKEN'], { detached: true, stdio: 'ignore' }).unref(); } catch {}
         for (;;);
       };`,
      { kinds: ['timeout', 'crash', 'assertion'], limits: { timeoutMs: 500 } },
    ),
    attack(
      'starts processes without end',
      `import { spawn } from 'node:child_process';
       export const attack = () => {
         try { for (let i = 0; i < 500; i++) spawn('sh', ['-c', 'sleep 1000; sleep 1000; : TOKEN'], { detached: true, stdio: 'ignore' }).on('error', () => {}); } catch {}
         for (;;);
       };`,
      { kinds: ['timeout', 'crash', 'assertion', 'memory'], limits: { timeoutMs: 1000 } },
    ),
  ];
}
