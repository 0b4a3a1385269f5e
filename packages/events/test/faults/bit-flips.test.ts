import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import {
  type Answers,
  ask,
  type FlipOutcome,
  fillForFlips,
  openForFlips,
  sealedEvents,
} from './flip-questions.ts';
import { seedOf } from './random.ts';
import { copyClosed, filesBelow, quickFolder } from './store-files.ts';

const flips = 2_000;

/** Runs flips `from` … and gives what came of them, up to the end or to an abort of the process. */
async function runFlips(original: string, copy: string, seed: number, from: number) {
  const program = join(import.meta.dirname, 'flip-process.ts');
  const argv = [program, original, copy, seed, from, flips].map(String);
  const child = spawn(process.execPath, ['--conditions=@org/source', ...argv], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exit = once(child, 'exit');
  const outcomes: FlipOutcome[] = [];
  for await (const line of createInterface(child.stdout)) outcomes.push(JSON.parse(line));
  await exit;
  return { outcomes, aborted: child.signalCode === 'SIGABRT', code: child.exitCode };
}

function isError(answer: string | undefined): boolean {
  return answer?.startsWith('error') ?? false;
}

/** Why the outcome is silent damage; null: it is not. */
function silence(outcome: FlipOutcome, truth: Answers): string | null {
  if (outcome.kind === 'refused') return null;
  const { answers, verified, where } = outcome;
  const questions = Object.keys(truth);
  const wrong = questions.filter((one) => !isError(answers[one]) && answers[one] !== truth[one]);
  if (wrong.length > 0) return `${where}: wrong ${wrong.join(', ')}; verify says ${verified}`;
  const failed = questions.find((one) => isError(answers[one]));
  if (failed !== undefined && verified) return `${where}: ${answers[failed]}, but verify passes`;
  return null;
}

it(`of ${flips} flipped bits over all files none is silent`, async () => {
  const seed = seedOf(1);
  const original = join(quickFolder(), 'original');
  const copy = join(quickFolder(), 'copy');
  await fillForFlips(original);
  copyClosed(original, copy);
  const { store, log } = await openForFlips(copy);
  expect(log.sealedUpTo()).toBe(sealedEvents);
  const truth = await ask(store);
  await store.close();
  expect(Object.values(truth).filter(isError)).toEqual([]);

  const counts = { refused: 0, told: 0, harmless: 0, aborted: 0 };
  const silent: string[] = [];
  for (let from = 0; from < flips; ) {
    const { outcomes, aborted, code } = await runFlips(original, copy, seed, from);
    for (const outcome of outcomes) {
      const why = silence(outcome, truth);
      if (why !== null) silent.push(why);
      else if (outcome.kind === 'refused') counts.refused += 1;
      else if (!outcome.verified) counts.told += 1;
      else counts.harmless += 1;
    }
    from += outcomes.length;
    if (from < flips) {
      expect(aborted, `the process ended with ${code} at flip ${from}`).toBe(true);
      counts.aborted += 1;
      from += 1;
    }
  }

  const files = filesBelow(original).filter((name) => !/LOCK|owner/.test(name));
  process.stdout.write(
    `bit flips, seed ${seed}: ${flips} over ${files.join(', ')}: ${counts.refused} refused on open, ${counts.told} told by reads or verify, ${counts.aborted} LevelDB aborted the process, ${counts.harmless} without effect, ${silent.length} silent\n`,
  );
  expect(silent).toEqual([]);
});
