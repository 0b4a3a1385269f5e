import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { folderName, taskIdOf } from '../../src/workspace/folder-name.ts';
import {
  formatStorageReference,
  parseStorageReference,
} from '../../src/workspace/storage-reference.ts';

/** Any JavaScript string: lone surrogates, NUL, `/` … */
const anyText = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 30 })
  .map((units) => String.fromCharCode(...units));

describe('folder names', () => {
  it('gives every task id a name of its own, and the id back', () => {
    fc.assert(
      fc.property(anyText, (taskId) => {
        const name = folderName(taskId);
        expect(name).toMatch(/^(?:task|id)-[a-z0-9_~-]*$/);
        expect(taskIdOf(name)).toBe(taskId);
      }),
    );
  });

  it('says `task-` once, whether an id begins with it or not', () => {
    const ids = ['task-1', 'task-task-1', '1', 'id-1', 'id-task-1'];
    const names = ids.map(folderName);
    expect(names).toEqual(['task-1', 'task-task-1', 'id-1', 'id-id-1', 'id-id-task-1']);
    expect(names.map(taskIdOf)).toEqual(ids);
  });

  it('keeps ids apart that differ only in case, so that no file system folds them together', () => {
    expect(folderName('Task').toLowerCase()).not.toBe(folderName('task').toLowerCase());
  });

  it('keeps ids apart that are too long for a folder', () => {
    const one = folderName(`${'x'.repeat(5000)}1`);
    expect(one.length).toBeLessThan(255);
    expect(one).not.toBe(folderName(`${'x'.repeat(5000)}2`));
    expect(taskIdOf(one)).toBeNull();
  });

  it('does not take a stranger folder for a task', () => {
    for (const name of ['lost+found', 'task', 'task-A', 'task-~12', 'id-task-1', '.git']) {
      expect(taskIdOf(name)).toBeNull();
    }
  });
});

describe('storage references', () => {
  it('reads like storage://task/file@version', () => {
    expect(formatStorageReference({ taskId: 'task-1', path: 'src/a.js', version: 3 })).toBe(
      'storage://task-1/src/a.js@3',
    );
  });

  it('gives back what it was made of, for any task id', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 1e6 }), (taskId, version) => {
        const reference = { taskId, path: 'src/größe [1].js', version };
        expect(parseStorageReference(formatStorageReference(reference))).toEqual(reference);
      }),
    );
  });

  it.each([
    '',
    'storage://',
    'storage://t/a.js',
    'storage://t/a.js@0',
    'storage://t/a.js@-1',
    'storage://t/a.js@1.5',
    'storage://t/../a.js@1',
    'storage://t/%2e%2e/a.js@1',
    'storage://t/%2Fetc%2Fpasswd.txt@1',
    'storage://t/%zz.js@1',
    'file:///etc/passwd@1',
  ])('refuses %j', (text) => {
    expect(() => parseStorageReference(text)).toThrow(
      expect.objectContaining({ code: 'INVALID_REFERENCE' }),
    );
  });
});
