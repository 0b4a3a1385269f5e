import { chmod } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/cli/exit-code.ts';
import { explainError } from '../../src/cli/explain-error.ts';
import { createEvent, defineEvents } from '../../src/index.ts';
import { openLevelEventStore } from '../../src/level/index.ts';
import { damageOf } from '../../src/level/level-database.ts';
import { orgEvents, temporaryFolder } from './cli-run.ts';

const fromLevel = (code: string, message: string) => Object.assign(new Error(message), { code });

describe('what the command line says of an error', () => {
  it("a full disk is never damage, in LevelDB's words and wherever it comes from", () => {
    const full = fromLevel(
      'LEVEL_IO_ERROR',
      'IO error: /s/log/000005.ldb: No space left on device',
    );
    const failedToOpen = new Error('Database failed to open', { cause: full });
    const whileClosing = Object.assign(new Error('An error was suppressed during disposal'), {
      error: new Error('Database is not open'),
      suppressed: failedToOpen,
    });
    for (const error of [full, failedToOpen, damageOf(full, 7), whileClosing]) {
      const { exitCode, lines } = explainError(error);
      expect(exitCode).toBe(ExitCode.path);
      expect(lines[0]).toBe('The disk is full.');
    }
  });

  it('what the system refuses LevelDB is no damage either', () => {
    for (const words of ['Too many open files', 'Permission denied', 'Read-only file system']) {
      const error = damageOf(fromLevel('LEVEL_IO_ERROR', `IO error: /s/log: ${words}`), 7);
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      const { exitCode, lines } = explainError(error);
      expect([exitCode, lines[0]]).toEqual([ExitCode.path, expect.stringContaining(words)]);
    }
  });

  it('a path that leads nowhere is nothing unexpected', () => {
    for (const code of ['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG']) {
      expect(explainError(fromLevel(code, `${code}: mkdtemp`)).exitCode).toBe(ExitCode.path);
    }
  });

  it('what LevelDB finds wrong in its files is damage', () => {
    const error = damageOf(fromLevel('LEVEL_CORRUPTION', 'Corruption: bad block'), 7);
    expect(explainError(error).exitCode).toBe(ExitCode.damaged);
  });

  it('tells what failed first when closing failed after it', () => {
    const error = Object.assign(new Error('An error was suppressed during disposal'), {
      error: new Error('second'),
      suppressed: new Error('first'),
    });
    expect(explainError(error).lines[0]).toBe('Unexpected: first');
  });
});

describe('a store that may not be read or written', () => {
  // Root may do all, so this is done as nobody, where the tests run as root.
  it.skipIf(process.getuid?.() !== 0)('is told so by every command, with what to do', async () => {
    await using folder = await temporaryFolder();
    await (
      await openLevelEventStore({ path: folder.in('store'), catalog: defineEvents({}) })
    ).close();
    const stdin = JSON.stringify(createEvent('task', { eventType: 'ANY', data: {} }));
    await chmod(folder.path, 0o755);
    for (const [mode, commands] of [
      [0o700, ['tail', 'verify', 'inspect', 'export', 'import']],
      [0o755, ['import']],
    ] as const) {
      await chmod(folder.in('store'), mode);
      for (const command of commands) {
        const { exitCode, notes } = await asNobody(() =>
          orgEvents([command, folder.in('store')], { stdin }),
        );
        expect([command, exitCode]).toEqual([command, ExitCode.path]);
        expect(notes).toContain('Run as the user that the store belongs to.');
      }
    }
  });

  async function asNobody<T>(act: () => Promise<T>): Promise<T> {
    process.seteuid?.(65_534);
    try {
      return await act();
    } finally {
      process.seteuid?.(0);
    }
  }
});
