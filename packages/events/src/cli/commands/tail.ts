import { setTimeout as delay } from 'node:timers/promises';
import type { AnyEvent } from '../../event.ts';
import type { ReadQuery } from '../../store/event-store.ts';
import { type Command, type CommandInput, count, positional, text } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { notThere } from '../not-there.ts';
import { eventLine, printableJson } from '../printable.ts';
import { copyHelp, copyOptions, withStoreCopy } from '../read-store.ts';
import { fingerprint } from '../store-copy.ts';

const lookEveryMs = 250;
/** A busy, large store is copied again and again: at most this part of the time. */
const copyShare = 0.2;

/** The newest events, and those that come. */
export const tail: Command = {
  name: 'tail',
  takes: ['STORE'],
  summary: 'Show the newest events; with --follow, also those that come',
  help: [
    ['-n, --last COUNT', 'how many (default 10)'],
    ['-f, --follow', 'go on until Ctrl-C, also while a server writes'],
    ['--task ID', 'only this task'],
    ['--type TYPE', 'only this event type; may be repeated'],
    ['--json', 'whole events as JSON, one per line'],
    ...copyHelp,
  ],
  options: {
    last: { type: 'string', short: 'n' },
    follow: { type: 'boolean', short: 'f' },
    task: { type: 'string' },
    type: { type: 'string', multiple: true },
    json: { type: 'boolean' },
    ...copyOptions,
  },
  async run(input) {
    const path = positional(input, 0);
    const query = queryOf(input);
    const last = count(input, 'last', 10);
    let seen = await withStoreCopy(input, async (store, copy) => {
      const missing = await notThere(store, query);
      if (missing !== null) input.terminal.note(`${missing}\n`);
      if (missing !== null && !input.options.follow) return null;
      const head = (await store.head()).sequence;
      const newest: AnyEvent[] = [];
      if (last > 0) {
        for await (const event of store.read({ ...query, direction: 'backward', limit: last })) {
          newest.push(event);
        }
      }
      for (const event of newest.reverse()) await show(input, event);
      return { sequence: head, fingerprint: copy.fingerprint };
    });
    if (seen === null) return ExitCode.input;
    let pauseMs = lookEveryMs;
    while (input.options.follow && (await pause(input, pauseMs))) {
      if ((await fingerprint(path)) === seen.fingerprint) continue;
      const lookedAt = Date.now();
      const { sequence } = seen;
      seen = await withStoreCopy(input, async (store, copy) => {
        for await (const event of store.read({ ...query, afterSequence: sequence })) {
          await show(input, event);
        }
        return { sequence: (await store.head()).sequence, fingerprint: copy.fingerprint };
      });
      pauseMs = Math.max(lookEveryMs, (Date.now() - lookedAt) * (1 / copyShare - 1));
    }
    return ExitCode.ok;
  },
};

function queryOf(input: CommandInput): ReadQuery {
  const taskId = text(input, 'task');
  const { type } = input.options;
  return {
    ...(taskId === undefined ? {} : { taskId }),
    ...(Array.isArray(type) ? { eventTypes: type.map(String) } : {}),
  };
}

async function show({ options, terminal }: CommandInput, event: AnyEvent): Promise<void> {
  await terminal.print(options.json ? `${printableJson(event)}\n` : eventLine(event));
}

/** False once the user has had enough. */
async function pause({ terminal: { signal } }: CommandInput, ms: number): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal });
    return true;
  } catch {
    return false; // aborted: nothing else ends the wait early
  }
}
