import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkspace, type Workspace } from '../../src/workspace.ts';

let root: string;
let workspace: Workspace;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'workspace-test-'));
  workspace = await openWorkspace({ root });
});

afterEach(async () => {
  await workspace.close();
  await rm(root, { recursive: true, force: true });
});

const write = (version: number, files: Record<string, string>, taskId = 'task-1') =>
  workspace.writeVersion({
    taskId,
    version,
    files: Object.entries(files).map(([path, content]) => ({ path, content })),
  });

describe('workspace', () => {
  it('keeps every code version, and reads each back', async () => {
    const first = await write(1, { 'a.js': 'one', 'lib/b.js': 'b' });
    const second = await write(2, { 'a.js': 'two' });
    expect(first).toEqual(['storage://task-1/a.js@1', 'storage://task-1/lib/b.js@1']);
    expect(await workspace.read('storage://task-1/a.js@1')).toBe('one');
    expect(await workspace.read(second[0] ?? '')).toBe('two');
    expect(await workspace.read('storage://task-1/lib/b.js@2')).toBe('b');
    expect(await workspace.versions('task-1')).toEqual([1, 2]);
    expect(await workspace.readVersion('task-1', 1)).toEqual([
      { path: 'a.js', content: 'one' },
      { path: 'lib/b.js', content: 'b' },
    ]);
    expect(await workspace.readVersion('task-1')).toEqual([
      { path: 'a.js', content: 'two' },
      { path: 'lib/b.js', content: 'b' },
    ]);
  });

  it('shows the newest files in one folder per task, whatever the order of writing', async () => {
    await write(2, { 'a.js': 'two' });
    await write(1, { 'a.js': 'one', 'b.js': 'b' });
    const folder = workspace.folder('task-1');
    expect(await readFile(join(folder, 'a.js'), 'utf8')).toBe('two');
    expect(await readFile(join(folder, 'b.js'), 'utf8')).toBe('b');
    expect(workspace.folder('task-2')).not.toBe(folder);
  });

  it('can be rebuilt: the same versions again, in any order, change nothing', async () => {
    await write(1, { 'a.js': 'one' });
    await write(2, { 'b.js': 'two' });
    await Promise.all([write(2, { 'b.js': 'two' }), write(1, { 'a.js': 'one' })]);
    expect(await workspace.versions('task-1')).toEqual([1, 2]);
    const before = await workspace.readVersion('task-1');
    await workspace.remove('task-1');
    await workspace.remove('task-1');
    expect(await workspace.readVersion('task-1')).toEqual([]);
    await write(2, { 'b.js': 'two' });
    await write(1, { 'a.js': 'one' });
    expect(await workspace.readVersion('task-1')).toEqual(before);
  });

  it('refuses other content under a stored version', async () => {
    await write(1, { 'a.js': 'one' });
    await expect(write(1, { 'a.js': 'other' })).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    await expect(write(1, { 'b.js': 'one' })).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(await workspace.read('storage://task-1/a.js@1')).toBe('one');
  });

  it('does not take a version for written that a crash cut short', async () => {
    await write(1, { 'a.js': 'one' });
    const versions = join(workspace.folder('task-1'), '..', 'versions');
    await mkdir(join(versions, '.2'));
    await writeFile(join(versions, '.2', 'a.js'), 'ha');
    expect(await workspace.versions('task-1')).toEqual([1]);
    await write(2, { 'b.js': 'two' });
    expect(await workspace.readVersion('task-1', 2)).toEqual([
      { path: 'a.js', content: 'one' },
      { path: 'b.js', content: 'two' },
    ]);
    expect((await readdir(versions)).sort()).toEqual(['1', '2']);
  });

  it('refuses bad names and versions, and writes nothing', async () => {
    await expect(write(1, { 'a.js': 'one', '../b.js': 'b' })).rejects.toMatchObject({
      code: 'INVALID_FILE_NAME',
    });
    await expect(write(1, { 'a.js': 'one', 'A.js': 'b' })).rejects.toMatchObject({
      code: 'INVALID_FILE_NAME',
    });
    await expect(write(0, { 'a.js': 'one' })).rejects.toMatchObject({ code: 'INVALID_REFERENCE' });
    expect(await readdir(root)).toEqual([]);
  });

  it('says when there is no such task, file or version', async () => {
    await write(1, { 'a.js': 'one' });
    for (const reference of [
      'storage://task-1/b.js@1',
      'storage://task-1/a.js@2',
      'storage://task-2/a.js@1',
    ]) {
      await expect(workspace.read(reference)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  it('neither writes nor reads through a link that leads out', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'workspace-outside-'));
    await writeFile(join(outside, 'secret.txt'), 'secret');
    await write(1, { 'a.js': 'one' });
    const folder = workspace.folder('task-1');
    await symlink(outside, join(folder, 'lib'));
    await expect(write(2, { 'lib/b.js': 'two' })).rejects.toMatchObject({ code: 'LINK_OUT' });
    await symlink(outside, join(folder, '..', 'versions', '1', 'out'));
    await expect(workspace.read('storage://task-1/out/secret.txt@1')).rejects.toMatchObject({
      code: 'LINK_OUT',
    });
    expect(await readdir(outside)).toEqual(['secret.txt']);
    await rm(outside, { recursive: true });
  });

  it('keeps tasks apart and lists them, whatever their ids', async () => {
    const anyId = fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
      .map((units) => String.fromCharCode(...units));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(anyId, { minLength: 1, maxLength: 4 }), async (ids) => {
        await Promise.all(ids.map((id, index) => write(1, { 'a.js': String(index) }, id)));
        expect([...(await workspace.tasks())].sort()).toEqual([...ids].sort());
        for (const [index, id] of ids.entries()) {
          expect(await workspace.readVersion(id)).toEqual([
            { path: 'a.js', content: String(index) },
          ]);
          await workspace.remove(id);
        }
      }),
      { numRuns: 15 },
    );
    const long = 'x'.repeat(3000);
    await write(1, { 'a.js': 'long' }, long);
    expect(await workspace.tasks()).toEqual([long]);
  });

  it('takes 50 versions of one task at once, and closes after them', async () => {
    const writes = Array.from({ length: 50 }, (_, index) =>
      write(index + 1, { [`m${index % 5}.js`]: `v${index + 1}` }),
    );
    await workspace.close();
    await Promise.all(writes);
    await workspace.close();
    expect(await workspace.versions('task-1')).toHaveLength(50);
    expect(await readFile(join(workspace.folder('task-1'), 'm4.js'), 'utf8')).toBe('v50');
  });
});
