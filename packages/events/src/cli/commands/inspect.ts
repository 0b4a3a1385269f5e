import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readCausalChain } from '../../causality.ts';
import { StateProjection } from '../../coding/state-projection.ts';
import type { AnyEvent } from '../../event.ts';
import type { LevelEventStore } from '../../level/open-level-event-store.ts';
import { readOwner } from '../../level/owner-file.ts';
import { type Command, type CommandInput, positional, text, UsageError } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { noTask } from '../not-there.ts';
import { counted, eventLine, printable, printableJson } from '../printable.ts';
import { copyHelp, copyOptions, withStoreCopy } from '../read-store.ts';
import { logFolder } from '../store-copy.ts';
import { witnessNote } from '../witness-note.ts';

/** What a store holds, or one of its tasks or events. */
export const inspect: Command = {
  name: 'inspect',
  takes: ['STORE'],
  summary: 'Show what is in a store, in one task, or in one event and what led to it',
  help: [
    ['--task ID', 'one task: its events, version and clock'],
    [
      '--state',
      'with --task: not its events, but the state that they tell, if it is a coding task',
    ],
    ['--event ID', 'one event, by its id or its sequence, and the chain of its causes'],
    ['--json', 'as JSON'],
    ...copyHelp,
  ],
  options: {
    task: { type: 'string' },
    state: { type: 'boolean' },
    event: { type: 'string' },
    json: { type: 'boolean' },
    ...copyOptions,
  },
  async run(input) {
    const [task, event] = [text(input, 'task'), text(input, 'event')];
    if (task !== undefined && event !== undefined) {
      throw new UsageError('Give --task or --event, not both');
    }
    if (input.options.state && task === undefined) throw new UsageError('--state needs --task');
    const path = positional(input, 0);
    return withStoreCopy(input, (store) => {
      input.terminal.note(witnessNote(store.opened));
      if (event !== undefined) return inspectEvent(store, event, input);
      return task === undefined
        ? inspectStore(store, path, input)
        : inspectTask(store, task, input);
    });
  },
};

async function inspectStore(
  store: LevelEventStore,
  path: string,
  { options, terminal }: CommandInput,
): Promise<ExitCode> {
  const tasks = new Set<string>();
  const types = new Map<string, number>();
  let first: AnyEvent | null = null;
  let last: AnyEvent | null = null;
  for await (const event of store.read({ signal: terminal.signal })) {
    first ??= event;
    last = event;
    tasks.add(event.taskId);
    types.set(event.eventType, (types.get(event.eventType) ?? 0) + 1);
  }
  const [head, disk, owner] = [await store.head(), await onDisk(path), readOwner(path)];
  if (options.json) {
    const eventTypes = Object.fromEntries([...types].sort(byCount));
    const span = { first: first?.timestamp ?? null, last: last?.timestamp ?? null };
    await print(terminal, { path, owner, head, tasks: tasks.size, eventTypes, ...span, disk });
    return ExitCode.ok;
  }
  const typeCounts = [...types].sort(byCount).map(([type, n]) => `${printable(type)} ${n}`);
  const lines: readonly (readonly [string, string])[] = [
    ['Store', path],
    [
      'In use by',
      owner ? `process ${owner.pid} on ${owner.host}, since ${owner.openedAt}` : 'nobody',
    ],
    ...(owner?.address ? [['Serving', owner.address] as const] : []),
    ['Events', counted(head.sequence, 'event')],
    ['Tasks', counted(tasks.size, 'task')],
    ...(first && last ? [['Time', `${first.timestamp} to ${last.timestamp}`] as const] : []),
    ['Hash', head.hash || '(none)'],
    ['On disk', `${(disk.bytes / 1_048_576).toFixed(1)} MiB in ${counted(disk.files, 'file')}`],
    ['Types', typeCounts.join(', ') || '(none)'],
  ];
  for (const [label, value] of lines) await terminal.print(`${label.padEnd(10)}${value}\n`);
  return ExitCode.ok;
}

async function inspectTask(
  store: LevelEventStore,
  taskId: string,
  { options, terminal }: CommandInput,
): Promise<ExitCode> {
  const [head, events] = [await store.taskHead(taskId), await store.getEvents(taskId)];
  if (head === undefined) {
    terminal.note(`${noTask(taskId)}\n`);
    return ExitCode.input;
  }
  const state = options.state ? stateOf(events) : undefined;
  if (options.json) {
    await print(terminal, { ...head, ...(state ? { state } : { events }) });
    return ExitCode.ok;
  }
  await terminal.print(`Task      ${printable(taskId)}\n`);
  await terminal.print(`Version   ${head.version}, last event at sequence ${head.sequence}\n`);
  await terminal.print(`Clock     ${printableJson(head.vectorClock)}\n`);
  if (state) {
    await terminal.print('State\n');
    await print(terminal, state);
    return ExitCode.ok;
  }
  for (const event of events) await terminal.print(eventLine(event));
  return ExitCode.ok;
}

async function inspectEvent(
  store: LevelEventStore,
  idOrSequence: string,
  { options, terminal }: CommandInput,
): Promise<ExitCode> {
  const eventId = await eventIdOf(store, idOrSequence);
  if (eventId === undefined) {
    terminal.note(`There is no event ${idOrSequence} in this store.\n`);
    return ExitCode.input;
  }
  const chain = await readCausalChain<AnyEvent>(eventId, store);
  const [event, ...causes] = chain.events;
  if (event === undefined) {
    terminal.note(`There is no event ${eventId} in this store.\n`);
    return ExitCode.input;
  }
  if (options.json) {
    await print(terminal, { event, causes, end: chain.end });
    return ExitCode.ok;
  }
  await print(terminal, event);
  await terminal.print(causes.length > 0 ? 'Caused by\n' : 'Caused by nothing that is recorded\n');
  for (const cause of causes) await terminal.print(eventLine(cause));
  if (chain.end === 'missing')
    await terminal.print(`  … by ${chain.danglingId}, not in this store\n`);
  if (chain.end === 'cycle')
    await terminal.print(`  … by ${chain.danglingId} again: it goes round\n`);
  return ExitCode.ok;
}

/** As `tail` shows events by their sequence. */
async function eventIdOf(
  store: LevelEventStore,
  idOrSequence: string,
): Promise<string | undefined> {
  if (!/^\d{1,15}$/.test(idOrSequence)) return idOrSequence;
  const sequence = Number(idOrSequence);
  for await (const event of store.read({ afterSequence: sequence - 1, until: sequence })) {
    return event.eventId;
  }
  return undefined;
}

/** Without the ids by which the fold recognises causes: they are the events' own. */
function stateOf(events: readonly AnyEvent[]) {
  const { eventIds: _ids, ...state } = StateProjection.rebuildState(events);
  return state;
}

async function onDisk(path: string): Promise<{ readonly files: number; readonly bytes: number }> {
  const files = await readdir(logFolder(path));
  const sizes = await Promise.all(
    files.map((file) =>
      stat(join(logFolder(path), file)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return { files: files.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

function byCount([, a]: readonly [string, number], [, b]: readonly [string, number]): number {
  return b - a;
}

function print(terminal: CommandInput['terminal'], value: unknown): Promise<void> {
  return terminal.print(`${printableJson(value, 2)}\n`);
}
