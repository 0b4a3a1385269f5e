import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codingEvents } from '../../src/index.ts';
import { openLevelEventStore } from '../../src/level/index.ts';
import { orgEvents, temporaryFolder } from './cli-run.ts';

const count = 40;

/** Text that does not compress, so that it is found as it is in a table too. */
const texts = Array.from({ length: count + 1 }, () => randomBytes(1_500).toString('base64'));

/** A closed store of 40 events, one append each, and a checkpoint. */
async function fillStore(path: string) {
  await using store = await openLevelEventStore({ path, catalog: codingEvents });
  for (let n = 1; n <= count; n++) {
    const data = { prompt: texts[n] ?? '' };
    await store.append(`task-${n % 3}`, { eventType: 'TASK_CREATED', data });
  }
  await store.writeCheckpoint({ name: 'projection', sequence: 10, state: { n: 10 } });
  return store.head();
}

/** Opening replays LevelDB's log into a table. */
async function moveIntoTable(path: string) {
  await (await openLevelEventStore({ path, catalog: codingEvents })).close();
}

/** Changes one byte of the text of event `n`, wherever it stands. */
async function damage(path: string, n: number) {
  const needle = Buffer.from(texts[n]?.slice(700, 760) ?? '');
  for (const name of await readdir(join(path, 'log'))) {
    if (name === 'LOCK') continue;
    const file = join(path, 'log', name);
    const bytes = await readFile(file);
    const at = bytes.indexOf(needle);
    if (at < 0) continue;
    bytes[at + 30] = bytes[at + 30] === 0x41 ? 0x42 : 0x41;
    await writeFile(file, bytes);
    return name;
  }
  throw new Error(`Event ${n} was not found`);
}

async function contents(path: string) {
  const files = await readdir(path, { recursive: true, withFileTypes: true });
  const named = files
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name));
  return Promise.all(named.sort().map(async (file) => [file, await readFile(file, 'hex')]));
}

/** Appends so many events that opening neither checks nor indexes the first 40 anew. */
async function appendMany(path: string) {
  await using store = await openLevelEventStore({ path, catalog: codingEvents });
  const small = { eventType: 'TASK_CREATED', data: { prompt: 'small' } } as const;
  await store.append(
    'later',
    Array.from({ length: 5_000 }, () => small),
  );
}

describe('org-events export', () => {
  it('of a damaged store says how far it came, and that the file is not complete', async () => {
    await using folder = await temporaryFolder();
    await fillStore(folder.in('store'));
    await appendMany(folder.in('store'));
    await damage(folder.in('store'), 5);
    const { exitCode, notes } = await orgEvents([
      'export',
      folder.in('store'),
      '--output',
      folder.in('out.ndjson'),
    ]);
    expect(exitCode).toBe(3);
    const lines = (await readFile(folder.in('out.ndjson'), 'utf8')).split('\n').length - 1;
    expect(notes).toContain(
      `The export is not complete: it ends after ${lines} event${lines === 1 ? '' : 's'}; ${folder.in('out.ndjson')} holds them.`,
    );
  });
});

describe('org-events import', () => {
  it('into a store that turns out to be damaged does not blame what is imported', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await fillStore(path);
    await appendMany(path);
    const { out: stdin } = await orgEvents(['export', path]);
    await damage(path, 5);
    const { exitCode, notes } = await orgEvents(['import', path], { stdin });
    expect(exitCode).toBe(3);
    expect(notes).toMatch(/^Nothing was imported\.\nThe store is damaged\. Event 5/);
  });
});

describe('org-events verify', () => {
  it('says that all is well, with the head', async () => {
    await using folder = await temporaryFolder();
    const head = await fillStore(folder.in('store'));
    expect(await orgEvents(['verify', folder.in('store')])).toEqual({
      exitCode: 0,
      out: `No damage in 40 events of 3 tasks and 1 checkpoint.\nHead 40, hash ${head.hash}\n`,
      notes: '',
      lines: expect.any(Array),
    });
    const { out } = await orgEvents(['verify', folder.in('store'), '--json']);
    expect(JSON.parse(out)).toMatchObject({ ok: true, events: count, head, damage: [] });
  });

  it('works while the store is in use', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await fillStore(path);
    await using store = await openLevelEventStore({ path, catalog: codingEvents });
    await store.append('task-1', { eventType: 'TASK_CANCELLED', data: {} });
    const { exitCode, out, notes } = await orgEvents(['verify', path]);
    expect([exitCode, out]).toEqual([0, expect.stringContaining('No damage in 41 events')]);
    expect(notes).toContain(`In use by process ${process.pid}`);
  });

  it.each([
    ['log', 1],
    ['log', 20],
    ['log', count],
    ['ldb', 1],
    ['ldb', 20],
    ['ldb', count],
  ] as const)(
    'finds damage in a %s file at event %i, says what to do, and changes nothing',
    async (kind, n) => {
      await using folder = await temporaryFolder();
      const path = folder.in('store');
      await fillStore(path);
      if (kind === 'ldb') await moveIntoTable(path);
      expect(await damage(path, n)).toContain(`.${kind}`);
      const before = await contents(path);
      const { exitCode, out, notes } = await orgEvents(['verify', path]);
      expect(exitCode).toBe(3);
      expect(out + notes).toMatch(/damaged/i);
      expect(out + notes).toMatch(/Event \d+/);
      expect(out + notes).toContain(`org-events repair ${path} NEW_FOLDER`);
      expect(out + notes).not.toMatch(/^\s+at /m);
      expect(await contents(path)).toEqual(before);
      expect(await folder.list()).toEqual(['store']);
    },
  );

  it('tells all faults of a store that does not open, and the events that it could read', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await fillStore(path);
    await moveIntoTable(path);
    for (const n of [10, 30]) await damage(path, n);
    await writeFile(join(path, 'witness'), 'what?');
    await expect(openLevelEventStore({ path, catalog: codingEvents })).rejects.toThrow('Event 10');
    const before = await contents(path);
    const { exitCode, out } = await orgEvents(['verify', path]);
    expect(exitCode).toBe(3);
    expect(out).toContain('DAMAGED. 3 faults:\n');
    for (const fault of [/Event 10: .*damaged/, /Event 30: .*damaged/, /the witness .*damaged/]) {
      expect(out).toMatch(fault);
    }
    const json = await orgEvents(['verify', path, '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, events: 38, witness: 'damaged' });
    expect(await contents(path)).toEqual(before);
  });

  it('tells of a log that ends before its witness how far events were acknowledged', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await fillStore(path);
    const [log = ''] = (await readdir(join(path, 'log'))).filter((name) => name.endsWith('.log'));
    await truncate(join(path, 'log', log), 50_000);
    const { exitCode, out } = await orgEvents(['verify', path]);
    expect(exitCode).toBe(3);
    expect(out).toMatch(
      /^DAMAGED. 1 fault:\n {2}Event \d+: the log ends before it, but events up to 40/,
    );
  });

  it('says that more may follow where LevelDB itself does not open the files', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await fillStore(path);
    await rm(join(path, 'log', 'CURRENT'));
    const { exitCode, notes } = await orgEvents(['verify', path]);
    expect(exitCode).toBe(3);
    expect(notes).toContain('More may be wrong: verify the new folder after the repair.');
  });

  it('says so when the witness is missing', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await fillStore(path);
    const [witness] = (await readdir(path)).filter((name) => /witness/.test(name));
    await rm(join(path, witness ?? 'no witness'));
    const { exitCode, out } = await orgEvents(['verify', path]);
    expect(exitCode).toBe(0);
    expect(out).toContain('The witness file is missing');
  });
});

describe('a store of which a file is missing or no file of LevelDB', () => {
  const damages: Readonly<Record<string, (log: string) => Promise<void>>> = {
    'without CURRENT': (log) => rm(join(log, 'CURRENT')),
    'with a CURRENT that names no manifest': (log) =>
      writeFile(join(log, 'CURRENT'), 'MANIFAST-000001\n'),
    'without its manifest': async (log) => {
      for (const name of await readdir(log)) if (/^MANIFEST/.test(name)) await rm(join(log, name));
    },
  };

  for (const [name, damageOf] of Object.entries(damages)) {
    it(`${name}: every command says that it is damaged and how to save it, and repair loses nothing`, async () => {
      await using folder = await temporaryFolder();
      const path = folder.in('my store');
      const head = await fillStore(path);
      const { out: stdin } = await orgEvents(['export', path]);
      await moveIntoTable(path);
      await damageOf(join(path, 'log'));
      const before = await contents(path);
      for (const command of ['tail', 'inspect', 'verify', 'export', 'backup', 'import']) {
        const args = [command, path, ...(command === 'backup' ? [folder.in('new')] : [])];
        const { exitCode, notes } = await orgEvents(args, { stdin });
        expect([command, exitCode]).toEqual([command, 3]);
        expect(notes).toContain('The store is damaged.');
        expect(notes).toContain(`org-events repair '${path}' NEW_FOLDER`);
        expect(notes).not.toMatch(/-copy-|^\s+at /m);
        expect(notes.includes('org-events verify')).toBe(command !== 'verify');
      }
      const kept = (await contents(path)).filter(([file]) => /ldb$|witness$/.test(file ?? ''));
      for (const file of kept) expect(before).toContainEqual(file);
      const { exitCode, notes } = await orgEvents(['repair', path, folder.in('new')]);
      expect(exitCode).toBe(0);
      expect(notes).toContain(`40 events and 1 checkpoint saved into ${folder.in('new')}`);
      expect(notes).toContain(head.hash);
    });
  }

  it('of which nothing can be saved is told so, and not to be put in the place of the store', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await fillStore(path);
    await moveIntoTable(path);
    for (const name of await readdir(join(path, 'log'))) {
      if (/\.(ldb|log)$/.test(name)) await writeFile(join(path, 'log', name), 'gone');
    }
    const { exitCode, notes } = await orgEvents(['repair', path, folder.in('new')]);
    expect(exitCode).toBe(3);
    expect(notes).toContain('LOST: 40 acknowledged events, all there were.');
    expect(notes).toContain('Restore your newest backup.');
    expect(notes).not.toContain('in its place');
  });
});

describe('a damaged witness', () => {
  it('is told with what it means', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await fillStore(path);
    await writeFile(join(path, 'witness'), 'what?');
    const { exitCode, out } = await orgEvents(['verify', path]);
    expect(exitCode).toBe(3);
    expect(out).toContain('the witness file is damaged');
    expect(out).toContain('All events that are there are whole');
  });

  it('is told also where no event is left: an empty store has none', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await fillStore(path);
    await truncate(join(path, 'log', '000003.log'));
    await writeFile(join(path, 'witness'), 'what?');
    for (const command of ['inspect', 'export']) {
      expect((await orgEvents([command, path])).notes).toContain('The witness file is damaged');
    }
  });

  it('is told by inspect and by import, which keeps it aside and goes on', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await fillStore(path);
    await orgEvents(['repair', path, folder.in('other')]);
    {
      await using store = await openLevelEventStore({ path, catalog: codingEvents });
      await store.append('task-9', { eventType: 'TASK_CANCELLED', data: {} });
    }
    const { lines } = await orgEvents(['export', path]);
    const witness = join(folder.in('other'), 'witness');
    await writeFile(witness, 'what?');
    const told = `The witness file is damaged: what is there is whole, but whether newer events were there cannot be told.\n`;
    expect((await orgEvents(['inspect', folder.in('other')])).notes).toBe(told);
    const { exitCode, notes } = await orgEvents(['import', folder.in('other')], {
      stdin: lines.at(-1) ?? '',
    });
    expect([exitCode, notes]).toEqual([0, expect.stringContaining(told)]);
    expect(await readFile(`${witness}.damaged-before-41`, 'utf8')).toBe('what?');
    expect(await orgEvents(['verify', folder.in('other')])).toMatchObject({ exitCode: 0 });
  });
});

describe('org-events repair', () => {
  it('saves the whole prefix of a damaged store, and says what is lost', async () => {
    await using folder = await temporaryFolder();
    const [path, into] = [folder.in('store'), folder.in('new')];
    await fillStore(path);
    await damage(path, 20);
    const before = await contents(path);
    const { exitCode, notes } = await orgEvents(['repair', path, into]);
    expect(exitCode).toBe(3);
    const [, saved] = /^(\d+) events and \d checkpoints? saved into /.exec(notes) ?? [];
    expect(Number(saved)).toBeGreaterThan(0);
    expect(Number(saved)).toBeLessThan(20);
    expect(notes).toContain(`LOST: ${count - Number(saved)} acknowledged events`);
    expect(notes).toContain(`${path} is as it was.`);
    expect(await contents(path)).toEqual(before);

    expect(await orgEvents(['verify', into])).toMatchObject({ exitCode: 0 });
    expect((await orgEvents(['export', into])).lines).toHaveLength(Number(saved));
    expect(await folder.list()).toEqual(['new', 'store']);
  });

  it('puts what lies behind the damage into a file, which goes into a backup that reaches past it', async () => {
    await using folder = await temporaryFolder();
    const [path, backup] = [folder.in('store'), folder.in('backup')];
    await fillStore(path);
    await orgEvents(['backup', path, backup]);
    {
      await using store = await openLevelEventStore({ path, catalog: codingEvents });
      for (let n = 41; n <= 50; n++) {
        await store.append('task-0', { eventType: 'TASK_CREATED', data: { prompt: `${n}` } });
      }
    }
    const { out: all } = await orgEvents(['export', path]);
    await moveIntoTable(path);
    await damage(path, 20);
    const { notes } = await orgEvents(['repair', path, folder.in('new')]);
    const lost = join(folder.in('new'), 'lost-events.ndjson');
    expect(notes).toContain(`30 events can be read: ${lost}`);
    expect(notes).toContain('org-events repair --help');
    expect((await orgEvents(['repair', '--help'])).out).toContain('lost-events.ndjson');

    // Not into the repaired store, where one is missing before them.
    expect(await orgEvents(['import', folder.in('new'), '-i', lost])).toMatchObject({
      exitCode: 6,
      notes: expect.stringContaining('Event 21 was given where event 20 has to follow.'),
    });
    expect(await orgEvents(['import', backup, '-i', lost])).toMatchObject({
      exitCode: 0,
      notes: expect.stringContaining('10 events imported; 20 events were there already.'),
    });
    expect((await orgEvents(['export', backup])).out).toBe(all);
    expect(await orgEvents(['verify', backup])).toMatchObject({ exitCode: 0 });
  });

  it('leaves what no backup has the place for to be appended anew, once however often it is tried', async () => {
    await using folder = await temporaryFolder();
    const [path, into] = [folder.in('store'), folder.in('new')];
    await fillStore(path);
    await moveIntoTable(path);
    await damage(path, 20);
    await orgEvents(['repair', path, into]);
    const lost = await readFile(join(into, 'lost-events.ndjson'), 'utf8');
    await using store = await openLevelEventStore({ path: into, catalog: codingEvents });
    for (const line of [...lost.trim().split('\n'), ...lost.trim().split('\n')]) {
      const { taskId, eventId, eventType, timestamp, data } = JSON.parse(line);
      await store.append(taskId, { eventId, eventType, timestamp, data });
    }
    expect(await store.verify()).toMatchObject({ ok: true, events: 39 });
  });

  it('loses nothing of a store that is whole', async () => {
    await using folder = await temporaryFolder();
    const [path, into] = [folder.in('store'), folder.in('new')];
    const head = await fillStore(path);
    const { exitCode, notes } = await orgEvents(['repair', path, into]);
    expect(exitCode).toBe(0);
    expect(notes).toContain(`40 events and 1 checkpoint saved into ${into}, hash ${head.hash}.`);
    expect(notes).toContain('nothing is lost');
  });

  it('of two stores mixed does not say that nothing is lost', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await fillStore(path);
    await fillStore(folder.in('other'));
    await copyFile(join(folder.in('other'), 'witness'), join(path, 'witness'));
    const { exitCode, notes } = await orgEvents(['repair', path, folder.in('new')]);
    expect(exitCode).toBe(3);
    expect(notes).toContain('event 40 is not the one that the witness file names');
    expect(notes).not.toContain('nothing is lost');
  });

  it('refuses a store in use, a folder that is not empty, one within the store, and what is no store', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await fillStore(path);
    expect(await orgEvents(['repair', path, path])).toMatchObject({ exitCode: 5 });
    expect(await orgEvents(['repair', path, join(path, 'new')])).toMatchObject({ exitCode: 5 });
    expect(await orgEvents(['repair', path, folder.path])).toMatchObject({ exitCode: 5 });
    expect(await orgEvents(['repair', folder.path, folder.in('new')])).toMatchObject({
      exitCode: 5,
    });
    await using _store = await openLevelEventStore({ path, catalog: codingEvents });
    const { exitCode, notes } = await orgEvents(['repair', path, folder.in('new')]);
    expect(exitCode).toBe(4);
    expect(notes).toContain(`${process.pid}`);
    expect(await folder.list()).toEqual(['store']);
  });
});

describe('Ctrl-C', () => {
  it.each(['verify', 'inspect', 'backup', 'repair', 'import'])(
    'ends %s, which says so and leaves nothing behind',
    async (command) => {
      await using folder = await temporaryFolder();
      const path = folder.in('store');
      await fillStore(path);
      const { out: stdin } = await orgEvents(['export', path]);
      const args = [command, path, ...(/backup|repair/.test(command) ? [folder.in('new')] : [])];
      for (const turns of [0, 1, 3]) {
        const interrupted = new AbortController();
        const result = orgEvents(args, { signal: interrupted.signal, stdin });
        for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
        interrupted.abort();
        expect(await result).toMatchObject({
          exitCode: 130,
          notes: expect.stringMatching(/Interrupted\.\n$/),
        });
        expect(await folder.list()).toEqual(['store']);
      }
    },
  );
});

describe('what a killed command left', () => {
  it('is told by the next, beside the store and beside the new folder', async () => {
    await using folder = await temporaryFolder();
    await fillStore(folder.in('store'));
    const left = ['.store-copy-x1', '.backup-unfinished-x2'].map(folder.in);
    for (const path of left) await mkdir(path);
    const { notes } = await orgEvents(['backup', folder.in('store'), folder.in('backup')]);
    for (const path of left) expect(notes).toContain(`${path} is of a command that still runs`);
    const other = await orgEvents(['verify', folder.in('backup')]);
    expect(other.notes).not.toContain('.store-copy-x1');
  });
});

describe('org-events backup', () => {
  it('gives a store that can be opened, of one that is in use', async () => {
    await using folder = await temporaryFolder();
    const [path, into] = [folder.in('store'), folder.in('backup')];
    const head = await fillStore(path);
    {
      await using _store = await openLevelEventStore({ path, catalog: codingEvents });
      const { exitCode, notes } = await orgEvents(['backup', path, into]);
      expect(exitCode).toBe(0);
      expect(notes).toContain(`40 events backed up into ${into}, hash ${head.hash}.`);
    }
    await using store = await openLevelEventStore({ path: into, catalog: codingEvents });
    expect(await store.head()).toEqual(head);
    expect(await store.readCheckpoint('projection')).toMatchObject({
      sequence: 10,
      state: { n: 10 },
    });
    expect(await folder.list()).toEqual(['backup', 'store']);
  });

  it('and its copy, and an export, are refused in the store itself', async () => {
    await using folder = await temporaryFolder();
    const path = folder.in('store');
    await fillStore(path);
    const before = await contents(path);
    for (const args of [
      ['backup', path, join(path, 'backup')],
      ['backup', path, join(path, 'log', 'deep', 'backup')],
      ['export', path, '--output', join(path, 'witness.ndjson')],
      ['tail', path, '--temp', join(path, 'log')],
    ]) {
      const { exitCode, notes } = await orgEvents(args);
      expect([args[0], exitCode]).toEqual([args[0], 5]);
      expect(notes).toContain('lies in the store itself');
      expect(await contents(path)).toEqual(before);
    }
    expect(await folder.list()).toEqual(['store']);
  });

  it('never writes into a folder that is not empty', async () => {
    await using folder = await temporaryFolder();
    await fillStore(folder.in('store'));
    const { exitCode, notes } = await orgEvents(['backup', folder.in('store'), folder.path]);
    expect(exitCode).toBe(5);
    expect(notes).toContain('not empty');
    expect(await folder.list()).toEqual(['store']);
  });

  it.each(['log', 'ldb'])(
    'of a store damaged in a %s file is not made; it says what to do',
    async (kind) => {
      await using folder = await temporaryFolder();
      await fillStore(folder.in('store'));
      if (kind === 'ldb') await moveIntoTable(folder.in('store'));
      expect(await damage(folder.in('store'), 20)).toContain(`.${kind}`);
      const { exitCode, notes } = await orgEvents([
        'backup',
        folder.in('store'),
        folder.in('backup'),
      ]);
      expect(exitCode).toBe(3);
      expect(notes).toContain('org-events repair');
      expect(await folder.list()).toEqual(['store']);
    },
  );
});
