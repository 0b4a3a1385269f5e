import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { codingEvents, defineEvents, type NewEvent } from '../../src/index.ts';
import { openLevelEventStore, readOwner } from '../../src/level/index.ts';
import { ended, orgEvents, spawnOrgEvents, temporaryFolder } from './cli-run.ts';

const created = (prompt: string): NewEvent => ({ eventType: 'TASK_CREATED', data: { prompt } });
const started: NewEvent = { eventType: 'TASK_STARTED', data: { language: 'javascript' } };

/** A store of five events of two tasks, closed. */
async function fillStore(path: string) {
  await using store = await openLevelEventStore({ path, catalog: codingEvents });
  const first = await store.append('task-a', created('a stack'));
  const cause = first.events.map(({ eventId }) => eventId);
  const second = await store.append('task-a', started, { causedBy: cause });
  await store.append('task-b', [created('a queue'), started]);
  await store.append('task-a', { eventType: 'TASK_CANCELLED', data: { reason: null } });
  const head = await store.head();
  return { first: first.events[0], second: second.events[0], head };
}

describe('org-events tail', () => {
  it('shows the newest events, oldest of them first', async () => {
    await using folder = await temporaryFolder();
    await fillStore(folder.in('store'));
    const { exitCode, lines, notes } = await orgEvents(['tail', folder.in('store'), '-n', '2']);
    expect([exitCode, notes]).toEqual([0, '']);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /^ +4 {2}\d{4}-.*Z {2}task-b v2 {2}TASK_STARTED {2}\{"language":"javascript"/,
    );
    expect(lines[1]).toMatch(/^ +5 .* task-a v3 {2}TASK_CANCELLED {2}\{"reason":null\}$/);
  });

  it('takes a task, types, a count, and shows whole events as JSON', async () => {
    await using folder = await temporaryFolder();
    await fillStore(folder.in('store'));
    const shown = async (...options: string[]) => {
      const { lines } = await orgEvents(['tail', folder.in('store'), '--json', ...options]);
      return lines.map((line) => JSON.parse(line).sequence);
    };
    expect(await shown()).toEqual([1, 2, 3, 4, 5]);
    expect(await shown('--task', 'task-b')).toEqual([3, 4]);
    expect(await shown('--type', 'TASK_CREATED', '--type', 'TASK_CANCELLED')).toEqual([1, 3, 5]);
    expect(await shown('--task', 'task-a', '--last', '1')).toEqual([5]);
    expect(await shown('-n', '0')).toEqual([]);
  });

  it('refuses a type that neither the store nor the coding catalogue has, with those that the store has', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await fillStore(path);
    const unknown = await orgEvents(['tail', path, '--type', 'TASK_STARTED', '--type', 'NOPE']);
    expect(unknown).toMatchObject({
      exitCode: 6,
      out: '',
      notes:
        'There is no event of type "NOPE" in this store; it has TASK_CANCELLED, TASK_CREATED, TASK_STARTED.\n',
    });
    // One that has not happened yet is none to be surprised about.
    expect(await orgEvents(['tail', path, '--type', 'TASK_FAILED'])).toMatchObject({
      exitCode: 0,
      out: '',
      notes: '',
    });
  });

  it('refuses a task that is not in the store, as inspect does', async () => {
    await using folder = await temporaryFolder();
    await fillStore(folder.in('store'));
    for (const command of ['tail', 'inspect']) {
      expect(await orgEvents([command, folder.in('store'), '--task', 'nobody'])).toMatchObject({
        exitCode: 6,
        out: '',
        notes: 'There is no task "nobody" in this store.\n',
      });
    }
  });

  it('finds the types of a store with a catalogue of its own', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    {
      const catalog = defineEvents({ ORDER_PLACED: z.object({}) });
      await using store = await openLevelEventStore({ path, catalog });
      await store.append('order', { eventType: 'ORDER_PLACED', data: {} });
    }
    const tail = (type: string) => orgEvents(['tail', path, '--type', type]);
    expect(await tail('ORDER_PLACED')).toMatchObject({ exitCode: 0, notes: '' });
    expect((await tail('ORDER_PLACED')).lines).toHaveLength(1);
    expect(await tail('ORDER_PAID')).toMatchObject({
      exitCode: 6,
      notes: 'There is no event of type "ORDER_PAID" in this store; it has ORDER_PLACED.\n',
    });
  });

  it('with --follow says that there is none of a type yet, and waits for one', async () => {
    await using folder = await temporaryFolder();
    await fillStore(folder.in('store'));
    const args = ['tail', folder.in('store'), '--follow', '--type', 'ORDER_PAID'];
    const { exitCode, out, notes } = await orgEvents(args, { signal: AbortSignal.abort() });
    expect([exitCode, out]).toEqual([0, '']);
    expect(notes).toMatch(/^There is no event of type "ORDER_PAID" in this store; it has /);
  });

  it('follows a store that another process writes to, without a gap or a repeat, until Ctrl-C', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await using store = await openLevelEventStore({ path, catalog: codingEvents });
    await store.append('task', created('1'));
    const child = spawnOrgEvents(['tail', path, '--follow', '--json']);
    const result = ended(child);
    const seen: number[] = [];
    if (!child.stdout) throw new Error('stdout is piped');
    for await (const line of createInterface({ input: child.stdout })) {
      seen.push(JSON.parse(line).sequence);
      if (seen.length === 30) break;
      // One at a time at first, so that it has to look again; then many at once.
      if (seen.length < 4) await store.append('task', created(`${seen.length + 1}`));
      if (seen.length === 4) {
        await Promise.all(Array.from({ length: 26 }, () => store.append('task', created('many'))));
      }
    }
    child.kill('SIGINT');
    expect(await result).toMatchObject({ exitCode: 0, notes: '' });
    expect(seen).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(await folder.list()).toEqual(['store']);
    // Its own lock is whole: the store that was copied goes on.
    await store.append('task', created('31'));
    expect((await store.head()).sequence).toBe(31);
  }, 20_000);
});

describe('org-events inspect', () => {
  it('tells what a store holds', async () => {
    await using folder = await temporaryFolder();
    const { head } = await fillStore(folder.in('store'));
    const { exitCode, out } = await orgEvents(['inspect', folder.in('store')]);
    expect(exitCode).toBe(0);
    expect(out).toContain('In use by nobody\n');
    expect(out).toContain('Events    5 events\n');
    expect(out).toContain('Tasks     2 tasks\n');
    expect(out).toContain(`Hash      ${head.hash}\n`);
    expect(out).toContain('Types     TASK_CREATED 2, TASK_STARTED 2, TASK_CANCELLED 1\n');
    const json = await orgEvents(['inspect', folder.in('store'), '--json']);
    expect(JSON.parse(json.out)).toMatchObject({
      owner: null,
      head,
      tasks: 2,
      eventTypes: { TASK_CREATED: 2, TASK_STARTED: 2, TASK_CANCELLED: 1 },
    });
  });

  it('tells who has the store open, and where that one can be reached', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await using store = await openLevelEventStore({ path, catalog: codingEvents });
    store.setAddress('http://127.0.0.1:9876');
    await store.append('task', created('x'));
    const { out } = await orgEvents(['inspect', path]);
    expect(out).toContain(`In use by process ${process.pid} on `);
    expect(out).toContain('Serving   http://127.0.0.1:9876\n');
    expect(out).toContain('Events    1 event\n');
  });

  it('shows an empty store', async () => {
    await using folder = await temporaryFolder();
    await (await openLevelEventStore({ path: folder.in('store'), catalog: codingEvents })).close();
    const { exitCode, out } = await orgEvents(['inspect', folder.in('store')]);
    expect(exitCode).toBe(0);
    expect(out).toContain('Events    0 events\n');
    expect(out).toContain('Hash      (none)\n');
  });

  it('shows one task with its clock, and the state of a coding task', async () => {
    await using folder = await temporaryFolder();
    await fillStore(folder.in('store'));
    const args = ['inspect', folder.in('store'), '--task', 'task-a'];
    const { lines } = await orgEvents(args);
    expect(lines.slice(0, 2)).toEqual([
      'Task      task-a',
      'Version   3, last event at sequence 5',
    ]);
    expect(lines).toHaveLength(6);
    const state = { status: 'cancelled', prompt: 'a stack' };
    const json = await orgEvents([...args, '--state', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ version: 3, state });
    expect(JSON.parse(json.out)).not.toHaveProperty('events');
    const { out } = await orgEvents([...args, '--state']);
    const [, head, body = ''] =
      /^(Task .*\nVersion .*\nClock .*\n)State\n(\{.*\})\n$/s.exec(out) ?? [];
    expect(head).toContain('task-a');
    expect(JSON.parse(body)).toMatchObject(state);
    expect(await orgEvents(['inspect', folder.in('store'), '--task', 'nobody'])).toMatchObject({
      exitCode: 6,
      notes: 'There is no task "nobody" in this store.\n',
    });
  });

  it('shows one event and the chain of its causes', async () => {
    await using folder = await temporaryFolder();
    const { first, second } = await fillStore(folder.in('store'));
    const { out, lines } = await orgEvents([
      'inspect',
      folder.in('store'),
      '--event',
      second?.eventId ?? '',
    ]);
    expect(out).toContain(`"eventId": "${second?.eventId}"`);
    expect(lines.at(-2)).toBe('Caused by');
    expect(lines.at(-1)).toMatch(/^ +1 .* task-a v1 {2}TASK_CREATED/);
    const json = await orgEvents([
      'inspect',
      folder.in('store'),
      '--json',
      '--event',
      second?.eventId ?? '',
    ]);
    expect(JSON.parse(json.out)).toEqual({ event: second, causes: [first], end: 'root' });
    const bySequence = await orgEvents(['inspect', folder.in('store'), '--event', '2']);
    expect(bySequence.lines).toEqual(lines);
    for (const sequence of ['0', '6']) {
      expect(await orgEvents(['inspect', folder.in('store'), '--event', sequence])).toMatchObject({
        exitCode: 6,
        notes: `There is no event ${sequence} in this store.\n`,
      });
    }
    const missing = '01890a5d-ac96-774b-bcce-b302099a8057';
    expect(await orgEvents(['inspect', folder.in('store'), '--event', missing])).toMatchObject({
      exitCode: 6,
      notes: `There is no event ${missing} in this store.\n`,
    });
  });

  it('escapes what could mislead a terminal, and still gives JSON', async () => {
    await using folder = await temporaryFolder();
    const taskId = 'evil\u001b[2J\u202etask';
    {
      await using store = await openLevelEventStore({
        path: folder.in('store'),
        catalog: codingEvents,
      });
      await store.append(taskId, created('\u0007\u202e\u2028'));
    }
    for (const args of [
      ['tail'],
      ['tail', '--json'],
      ['inspect', '--task', taskId],
      ['inspect', '--task', taskId, '--json'],
    ]) {
      const [name = '', ...options] = args;
      const { out } = await orgEvents([name, folder.in('store'), ...options]);
      expect(out).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}]/u);
      expect(out).toContain('\\u202e');
      if (name === 'tail' && options.length > 0) expect(JSON.parse(out).taskId).toBe(taskId);
    }
  });
});

describe('org-events export and import', () => {
  it('give an equal store', async () => {
    await using folder = await temporaryFolder();
    const { head } = await fillStore(folder.in('store'));
    const exported = await orgEvents(['export', folder.in('store')]);
    expect(exported).toMatchObject({ exitCode: 0, notes: '5 events exported.\n' });
    expect(exported.lines.map((line) => JSON.parse(line).sequence)).toEqual([1, 2, 3, 4, 5]);
    const imported = await orgEvents(['import', folder.in('copy')], { stdin: exported.out });
    expect(imported).toMatchObject({
      exitCode: 0,
      notes: `5 events imported. The store ends at 5, hash ${head.hash}.\n`,
    });
    expect((await orgEvents(['export', folder.in('copy')])).out).toBe(exported.out);
  });

  it('go through files, and never overwrite one', async () => {
    await using folder = await temporaryFolder();
    await fillStore(folder.in('store'));
    const file = folder.in('all.ndjson');
    const args = ['export', folder.in('store'), '--output', file];
    expect(await orgEvents(args)).toMatchObject({ exitCode: 0, out: '' });
    const written = await readFile(file, 'utf8');
    expect(written.split('\n')).toHaveLength(6);
    expect(await orgEvents(args)).toMatchObject({ exitCode: 5 });
    expect((await orgEvents(args)).notes).toContain('is not overwritten');
    expect(await readFile(file, 'utf8')).toBe(written);
    expect(await orgEvents(['import', folder.in('copy'), '-i', file])).toMatchObject({
      exitCode: 0,
    });
  });

  it('refuse what is no export, naming the line', async () => {
    await using folder = await temporaryFolder();
    const { exitCode, notes } = await orgEvents(['import', folder.in('new')], { stdin: '{"half' });
    expect(exitCode).toBe(6);
    expect(notes).toMatch(/^Nothing was imported\.\nline 1/);
  });

  it('refuse what has no events in it, and make no store for it', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.in('empty'), ' \n\n');
    for (const args of [
      ['import', folder.in('new')],
      ['import', folder.in('new'), '-i', folder.in('empty')],
    ]) {
      expect(await orgEvents(args, { stdin: '' })).toMatchObject({
        exitCode: 6,
        notes: `There are no events in ${args[3] ?? 'standard input'}. Nothing was imported.\n`,
      });
    }
    expect(await orgEvents(['import', folder.in('new')], { stdin: '{' })).toMatchObject({
      exitCode: 6,
    });
    expect(await folder.list()).toEqual(['empty']);
    await fillStore(folder.in('store'));
    expect(await orgEvents(['import', folder.in('store')], { stdin: '' })).toMatchObject({
      exitCode: 6,
    });
  });

  it('refuse a file that is not there or is a folder, and make no store for it', async () => {
    await using folder = await temporaryFolder();
    for (const [file, why] of [
      [folder.in('nowhere'), 'is not there'],
      [folder.path, 'is a folder'],
    ] as const) {
      const { exitCode, notes } = await orgEvents(['import', folder.in('new'), '-i', file]);
      expect([exitCode, notes]).toEqual([6, expect.stringContaining(`${file} ${why}`)]);
    }
    expect(await folder.list()).toEqual([]);
  });

  it('pass over what the store has already, so that an import can be run again', async () => {
    await using folder = await temporaryFolder();
    const { head } = await fillStore(folder.in('store'));
    const { out } = await orgEvents(['export', folder.in('store')]);
    const lines = out.split('\n');
    const give = (from: number, to: number) =>
      orgEvents(['import', folder.in('new')], { stdin: lines.slice(from - 1, to).join('\n') });
    await give(1, 2);
    const ended = `The store ends at 5, hash ${head.hash}.\n`;
    expect(await give(2, 5)).toMatchObject({
      exitCode: 0,
      notes: `3 events imported; 1 event was there already. ${ended}`,
    });
    expect(await give(1, 5)).toMatchObject({
      exitCode: 0,
      notes: `0 events imported; 5 events were there already. ${ended}`,
    });
    expect((await orgEvents(['export', folder.in('new')])).out).toBe(out);
  });

  it('refuse an event of which the store has another in its place, and take nothing in', async () => {
    await using folder = await temporaryFolder();
    await fillStore(folder.in('store'));
    await fillStore(folder.in('other'));
    const { out: stdin } = await orgEvents(['export', folder.in('other')]);
    const { exitCode, notes } = await orgEvents(['import', folder.in('store')], { stdin });
    expect(exitCode).toBe(6);
    expect(notes).toMatch(
      /^Nothing was imported\.\nEvent 1 is another than the one in the store: /,
    );
    expect(notes).not.toContain('damaged');
  });

  it('take in what continues the log, and nothing behind a gap', async () => {
    await using folder = await temporaryFolder();
    await fillStore(folder.in('store'));
    const { lines } = await orgEvents(['export', folder.in('store')]);
    const [first = '', second = '', , fourth = ''] = lines;
    const importing = (...some: string[]) =>
      orgEvents(['import', folder.in('new')], { stdin: some.join('\n') });
    expect(await importing(second)).toMatchObject({
      exitCode: 6,
      notes: 'Nothing was imported.\nEvent 2 was given where event 1 has to follow.\n',
    });
    expect(await importing(first, second, fourth)).toMatchObject({
      exitCode: 6,
      notes: `Imported up to event 2; nothing after it.\nEvent 4 was given where event 3 has to follow.\n`,
    });
    expect((await orgEvents(['export', folder.in('new')])).lines).toEqual([first, second]);
  });

  it('stop at Ctrl-C and say that the export is not complete', async () => {
    await using folder = await temporaryFolder();
    await fillStore(folder.in('store'));
    const signal = AbortSignal.abort();
    const { exitCode, notes } = await orgEvents(['export', folder.in('store')], { signal });
    expect(exitCode).toBe(130);
    expect(notes).toContain('not complete');
  });
});

describe('a store that is in use', () => {
  it('can be read and is left alone', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await using store = await openLevelEventStore({ path, catalog: codingEvents });
    await store.append('task', created('x'));
    const before = await contents(path);
    expect((await orgEvents(['tail', path])).lines).toHaveLength(1);
    const exported = await orgEvents(['export', path]);
    expect(exported.lines).toHaveLength(1);
    expect(exported.notes).toContain(`In use by process ${process.pid}`);
    expect(await contents(path)).toEqual(before);
    expect(await folder.list()).toEqual(['store']);
  });

  it('takes no import: the refusal names the owner and what to do', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await using store = await openLevelEventStore({ path, catalog: codingEvents });
    await store.append('task', created('x'));
    const { out } = await orgEvents(['export', path]);
    const { exitCode, notes } = await orgEvents(['import', path], { stdin: out });
    expect(exitCode).toBe(4);
    expect(notes).toContain(`pid ${process.pid}`);
    expect(notes).toContain('tail, inspect, verify, export and backup work while it is in use');
  });

  async function contents(path: string) {
    const files = (await readdir(join(path, 'log'))).sort();
    return Promise.all(
      files.map(async (file) => [file, await readFile(join(path, 'log', file), 'hex')]),
    );
  }
});

describe('a wrong command line or path', () => {
  it.each([
    [['frobnicate'], 2, 'There is no command "frobnicate"'],
    [['tail'], 2, 'org-events tail takes STORE, not nothing'],
    [['tail', 'a', 'b'], 2, 'org-events tail takes STORE, not "a" "b"'],
    [['tail', 'a', '--what'], 2, "Unknown option '--what'"],
    [['tail', 'a', '-n', 'many'], 2, '--last must be a whole number, not "many"'],
    [['tail', 'a', '-n', '-1'], 2, "Option '-n' argument is ambiguous\n"],
    [['tail', ''], 2, 'STORE is empty'],
    [['backup', 'a', ''], 2, 'NEW_FOLDER is empty'],
    [['export', 'a', '--output', ''], 2, '--output is empty'],
    [['inspect', 'a', '--state'], 2, '--state needs --task'],
    [['inspect', 'a', '--task', 'x', '--event', 'y'], 2, 'not both'],
    [['tail', '/nowhere/at/all'], 5, 'There is nothing at /nowhere/at/all.'],
    [['export', '/proc/self/status'], 5, 'is no event store'],
  ] as const)('%j exits with %i', async (args, exitCode, message) => {
    const result = await orgEvents(args);
    expect(result).toMatchObject({ exitCode, out: '' });
    expect(result.notes).toContain(message);
    expect(result.notes).not.toMatch(/^\s+at /m);
  });

  it('makes no folder where there was none', async () => {
    await using folder = await temporaryFolder();
    await mkdir(folder.in('empty'));
    for (const name of ['tail', 'inspect', 'export']) {
      expect(await orgEvents([name, folder.in('empty')])).toMatchObject({ exitCode: 5 });
      expect(await orgEvents([name, folder.in('missing')])).toMatchObject({ exitCode: 5 });
    }
    expect(await folder.list()).toEqual(['empty']);
    expect(await readdir(folder.in('empty'))).toEqual([]);
  });

  it('says so when a path is a file', async () => {
    await using folder = await temporaryFolder();
    await fillStore(folder.in('store'));
    const { out } = await orgEvents(['export', folder.in('store')]);
    await writeFile(folder.in('file'), '');
    const { exitCode, notes } = await orgEvents(['import', folder.in('file')], { stdin: out });
    expect(exitCode).toBe(5);
    expect(notes).toContain(folder.in('file'));
  });

  it('tells its version', async () => {
    const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
    expect(await orgEvents(['--version'])).toMatchObject({
      exitCode: 0,
      out: `${JSON.parse(manifest).version}\n`,
    });
    expect((await orgEvents(['--help'])).out).toContain('org-events --version');
  });

  it('shows help, for each command too', async () => {
    const { exitCode, out } = await orgEvents(['--help']);
    expect(exitCode).toBe(0);
    for (const [name = ''] of out.matchAll(/^ {2}\w+/gm)) {
      const help = await orgEvents([name.trim(), '--help']);
      expect(help.exitCode).toBe(0);
      expect(help.out).toContain(`org-events ${name.trim()} STORE`);
    }
    expect(await orgEvents([])).toMatchObject({ exitCode: 2 });
  });
});

describe('as a process', () => {
  it('exits with its code and shows no stack; --debug shows one', async () => {
    const plain = await ended(spawnOrgEvents(['tail', '/nowhere']));
    expect(plain).toEqual({ exitCode: 5, out: '', notes: 'There is nothing at /nowhere.\n' });
    const debug = await ended(spawnOrgEvents(['tail', '/nowhere', '--debug']));
    expect(debug.notes).toMatch(/\n\s+at /);
  }, 20_000);

  it('ends at Ctrl-C while it waits for more to import', async () => {
    await using folder = await temporaryFolder();
    await fillStore(folder.in('store'));
    const [first] = (await orgEvents(['export', folder.in('store')])).lines;
    const child = spawnOrgEvents(['import', folder.in('new')]);
    const result = ended(child);
    child.stdin?.write(`${first}\n`); // and no end
    await expect.poll(() => readOwner(folder.in('new')), { timeout: 15_000 }).not.toBeNull();
    child.kill('SIGINT');
    expect(await result).toEqual({
      exitCode: 130,
      out: '',
      notes: 'Nothing was imported.\nInterrupted.\n',
    });
  }, 20_000);

  it('ends quietly when the reader of its output has gone', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    {
      await using store = await openLevelEventStore({ path, catalog: codingEvents });
      const large = created('x'.repeat(10_000));
      await store.append(
        'task',
        Array.from({ length: 200 }, () => large),
      );
    }
    const child = spawnOrgEvents(['export', path]);
    const exit = once(child, 'exit');
    if (!child.stdout || !child.stderr) throw new Error('both are piped');
    let notes = '';
    child.stderr.on('data', (chunk) => {
      notes += String(chunk);
    });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect([(await exit)[0], notes]).toEqual([0, '']);
    expect(await folder.list()).toEqual(['store']);
  }, 20_000);
});
