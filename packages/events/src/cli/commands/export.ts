import { open } from 'node:fs/promises';
import { assertOutsideStore } from '../../level/outside-store.ts';
import { exportNdjson } from '../../store/ndjson.ts';
import { type Command, PathError, positional, type Terminal, text } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { counted } from '../printable.ts';
import { copyHelp, copyOptions, noteOwner, withStoreCopy } from '../read-store.ts';
import { witnessNote } from '../witness-note.ts';

/** All events as NDJSON. */
export const exportEvents: Command = {
  name: 'export',
  takes: ['STORE'],
  summary: 'Write all events as JSON, one per line',
  help: [['-o, --output FILE', 'into a new file (default: standard output)'], ...copyHelp],
  options: { output: { type: 'string', short: 'o' }, ...copyOptions },
  async run(input) {
    const path = positional(input, 0);
    const { terminal } = input;
    const output = text(input, 'output');
    if (output !== undefined) await assertOutsideStore(output, path);
    return withStoreCopy(input, async (store) => {
      noteOwner(path, terminal);
      terminal.note(witnessNote(store.opened));
      const sink = output === undefined ? standardOutput(terminal) : await newFile(output);
      let events = 0;
      try {
        for await (const line of exportNdjson(store)) {
          if (terminal.signal.aborted) {
            terminal.note(
              `Interrupted: the export is not complete (${counted(events, 'event')}).\n`,
            );
            return ExitCode.interrupted;
          }
          await sink.write(line);
          events += 1;
        }
        await sink.finish();
        terminal.note(`${counted(events, 'event')} exported${output ? ` to ${output}` : ''}.\n`);
        return ExitCode.ok;
      } catch (error) {
        await sink.finish().catch(() => undefined); // what failed first is told
        const where = output === undefined ? '' : `; ${output} holds them`;
        terminal.note(
          `The export is not complete: it ends after ${counted(events, 'event')}${where}.\n`,
        );
        throw error;
      } finally {
        await sink.close();
      }
    });
  },
};

interface Sink {
  write(line: string): Promise<void>;
  finish(): Promise<void>;
  close(): Promise<void>;
}

function standardOutput(terminal: Terminal): Sink {
  return {
    write: (line) => terminal.print(line),
    finish: async () => {},
    close: async () => {},
  };
}

/** A file that was not there before: an export never overwrites another. */
async function newFile(path: string): Promise<Sink> {
  const file = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
    throw new PathError(
      error.code === 'EEXIST'
        ? `${path} is there already; it is not overwritten. Choose another name.`
        : `${path} cannot be written (${error.code}).`,
    );
  });
  let waiting = '';
  const flush = async () => {
    await file.writeFile(waiting);
    waiting = '';
  };
  return {
    async write(line) {
      waiting += line;
      if (waiting.length > 1_000_000) await flush();
    },
    async finish() {
      await flush();
      await file.sync();
    },
    close: () => file.close(),
  };
}
