/**
 * What it costs to dispatch a task that does nothing: five priorities, five at once.
 *
 *  - bounded: never more than 100 waiting, as in the product; 105 clients that each submit their
 *    next task when the last is done
 *  - backlog: 100 000 submitted at once, then drained
 *
 * The limit is five first-in-first-out rings with a promise per task, and a timer per running one:
 * nothing that keeps the order and gives an answer can do less. `rings` and `rings + timer` do
 * nothing else; the orchestrator has ids, states, signals, limits, events and supervision on top.
 *
 * Each queue is made once and used for all of its rounds, as a server uses its own. A new one per
 * round measures the warming up instead: code that was optimised for a queue is thrown away with it
 * (V8: "embedded weak objects cleared"), and the more code a queue has, the longer until it is back.
 *
 * Not measured: the bound itself (no peer has one); tasks that take time, where all of these are far
 * below what the tasks cost; memory; and what a peer does not have (fastq knows no priorities, only
 * p-queue and ours time out).
 *
 *   pnpm bench scheduler [--quick]
 */
import { TaskOrchestrator } from '@org/orchestrator';
import async from 'async';
import fastq from 'fastq';
import PQueue from 'p-queue';
import { conclude, interleave, type Timing, type Variant } from './harness.ts';
import { Check } from './scheduler-check.ts';
import { rings, type Submit } from './scheduler-rings.ts';

const isQuick = process.argv.includes('--quick');
const rounds = isQuick ? 6 : 15;
const boundedTasks = 100_000;
const backlogTasks = 100_000;
const concurrency = 5;
const timeoutMs = 30_000;
const clients = 100 + concurrency;

interface Queue {
  readonly name: string;
  /** Whether it runs the most urgent first. */
  readonly ordered: boolean;
  readonly open: () => Submit;
}

const all: readonly Queue[] = [
  { name: 'rings', ordered: true, open: () => rings({ concurrency }) },
  { name: 'rings + timer', ordered: true, open: () => rings({ concurrency, timeoutMs }) },
  { name: '@org/orchestrator', ordered: true, open: () => ours(Number.POSITIVE_INFINITY) },
  { name: '@org/orchestrator + timeout', ordered: true, open: () => ours(timeoutMs) },
  {
    name: 'p-queue',
    ordered: true,
    open: () => {
      const queue = new PQueue({ concurrency });
      return (level, work) => queue.add(work, { priority: -level });
    },
  },
  {
    name: 'p-queue + timeout',
    ordered: true,
    open: () => {
      const queue = new PQueue({ concurrency, timeout: timeoutMs });
      return (level, work) => queue.add(work, { priority: -level });
    },
  },
  {
    name: 'async.priorityQueue',
    ordered: true,
    open: () => {
      // The types know neither of workers that give a promise, nor that pushAsync takes a priority.
      const worker = ((work: () => Promise<void>) => work()) as (work: () => Promise<void>) => void;
      const queue = async.priorityQueue(worker, concurrency);
      const push = queue.pushAsync.bind(queue) as (
        work: () => Promise<void>,
        level: number,
      ) => Promise<unknown>;
      return (level, work) => push(work, level);
    },
  },
  {
    name: 'fastq.promise (no priorities)',
    ordered: false,
    open: () => {
      const queue = fastq.promise((work: () => Promise<void>) => work(), concurrency);
      return (_level, work) => queue.push(work);
    },
  },
];

// The peers that no goal names are left out of a quick run.
const queues = isQuick ? all.filter(({ name }) => !/^(async|fastq)/.test(name)) : all;

// That each queue does the work it is timed for: all of it, five at once and no more, in order.
for (const queue of queues) {
  for (const load of [bound, burst]) {
    const check = new Check(concurrency);
    await load(queue.open(), 2_000, (level) => check.work(level));
    check.verify(2_000, { ordered: queue.ordered && load === burst });
  }
}

const bounded = await interleave(
  queues.map((queue) => variant(queue, bound, boundedTasks)),
  { rounds, warmUps: 2 },
);
const backlog = await interleave(
  queues.map((queue) => variant(queue, burst, backlogTasks)),
  { rounds: isQuick ? 1 : 5 },
);
// One round says little of what takes a fifth of a second; the rings and ours can have more.
const nearLimit = await interleave(
  queues
    .filter(({ name }) => name === 'rings + timer' || name === '@org/orchestrator + timeout')
    .map((queue) => variant(queue, burst, backlogTasks)),
  { rounds: 7 },
);
const curve = await interleave(
  [1_000, 10_000, 100_000].map((count) => {
    const own = queues.find(({ name }) => name === '@org/orchestrator + timeout');
    if (own === undefined) throw new Error('Our own queue is missing');
    return { ...variant(own, burst, count, backlogTasks / count), name: String(count) };
  }),
  { rounds },
);

const perTask = (timing: Timing | undefined, count: number, of: keyof Timing): number =>
  timing === undefined ? Number.NaN : (timing[of] * 1_000) / count;
console.table(
  queues.map(({ name }) => ({
    queue: name,
    'bounded µs': perTask(bounded.get(name), boundedTasks, 'wallMs').toFixed(2),
    'bounded CPU µs': perTask(bounded.get(name), boundedTasks, 'cpuMs').toFixed(2),
    'backlog µs': perTask(backlog.get(name), backlogTasks, 'wallMs').toFixed(2),
    'backlog CPU µs': perTask(backlog.get(name), backlogTasks, 'cpuMs').toFixed(2),
  })),
);
console.table(
  [...curve].map(([count, timing]) => ({
    'our backlog of': count,
    'µs per task': perTask(timing, backlogTasks, 'wallMs').toFixed(2),
    'CPU µs per task': perTask(timing, backlogTasks, 'cpuMs').toFixed(2),
  })),
);
for (const [scenario, timings] of [
  ['bounded', bounded],
  ['backlog', backlog],
] as const) {
  for (const [queue, timing] of timings)
    console.log(JSON.stringify({ scenario, queue, ...timing }));
}

const ratio = (
  timings: ReadonlyMap<string, Timing>,
  [one, other]: readonly [string, string],
  of: keyof Timing,
): number => (timings.get(one)?.[of] ?? Number.NaN) / (timings.get(other)?.[of] ?? Number.NaN);
conclude(
  'scheduler',
  {
    boundedToRings: ratio(bounded, ['@org/orchestrator + timeout', 'rings + timer'], 'wallMs'),
    boundedFasterThanPQueue: ratio(
      bounded,
      ['p-queue + timeout', '@org/orchestrator + timeout'],
      'wallMs',
    ),
    backlogToRings: ratio(nearLimit, ['@org/orchestrator + timeout', 'rings + timer'], 'wallMs'),
    backlogCpuOfPQueue: ratio(
      backlog,
      ['@org/orchestrator + timeout', 'p-queue + timeout'],
      'cpuMs',
    ),
    backlogCpuOfPQueueWithoutTimeouts: ratio(backlog, ['@org/orchestrator', 'p-queue'], 'cpuMs'),
  },
  {
    boundedToRings: { atMost: 2 },
    boundedFasterThanPQueue: { atLeast: 8 },
    backlogToRings: { atMost: 2 },
    backlogCpuOfPQueue: { atMost: 0.25 },
    backlogCpuOfPQueueWithoutTimeouts: { atMost: 0.25 },
  },
);

/** Keeps `clients` tasks submitted and unfinished until `count` are done. */
function bound(
  submit: Submit,
  count: number,
  work: (level: number) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let submitted = 0;
    let done = 0;
    const next = (): void => {
      if (submitted < count) {
        const level = submitted % 5;
        submitted += 1;
        submit(level, () => work(level)).then(onDone, reject);
      }
    };
    const onDone = (): void => {
      done += 1;
      if (done === count) resolve();
      else next();
    };
    for (let client = 0; client < clients; client += 1) next();
  });
}

/** Submits `count` tasks at once; levels in an order that is neither sorted nor periodic, the same in every run. */
function burst(
  submit: Submit,
  count: number,
  work: (level: number) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let done = 0;
    const onDone = (): void => {
      done += 1;
      if (done === count) resolve();
    };
    for (let number = 0; number < count; number += 1) {
      const level = Math.imul(number, 0x9e3779b1) >>> 30;
      submit(level, () => work(level)).then(onDone, reject);
    }
  });
}

function variant(queue: Queue, load: typeof bound, count: number, times = 1): Variant {
  const submit = queue.open();
  const run = async (): Promise<void> => {
    let worked = 0;
    for (let time = 0; time < times; time += 1) {
      await load(submit, count, async () => {
        worked += 1;
      });
    }
    const asked = count * times;
    if (worked !== asked) throw new Error(`${queue.name} did ${worked} of ${asked} tasks`);
  };
  return { name: queue.name, run };
}

function ours(defaultTimeoutMs: number): Submit {
  const orchestrator = new TaskOrchestrator({
    maxConcurrent: concurrency,
    maxQueueSize: Number.POSITIVE_INFINITY,
    defaultTimeoutMs,
  });
  return (level, run) => orchestrator.submit({ priority: level * 10, run }).result;
}
