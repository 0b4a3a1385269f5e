import { isEventsError } from '../errors.ts';
import { copyPlainJson } from '../plain-json.ts';
import { CheckpointConflictError, InvalidArgumentError } from '../store-errors.ts';
import type { EventLog } from './event-log.ts';
import type { Checkpoint } from './event-store.ts';

const maxNameLength = 1_024;

/** @throws InvalidArgumentError; InvalidEventError when the state is no plain JSON */
export function parseCheckpoint({ name, sequence, state }: Checkpoint): Checkpoint {
  if (typeof name !== 'string' || name === '' || name.length > maxNameLength) {
    throw new InvalidArgumentError({
      argument: 'name',
      reason: `must be a string of 1 to ${maxNameLength} characters`,
    });
  }
  if (!Number.isSafeInteger(sequence) || sequence < 0) {
    throw new InvalidArgumentError({ argument: 'sequence', reason: 'must be an integer from 0' });
  }
  return { name, sequence, state: copyPlainJson(state ?? null, 'state') };
}

/** A damaged checkpoint is replaced by the next: what it was derived from is still there. */
function noneIfDamaged(error: unknown): undefined {
  if (!isEventsError(error, 'INTEGRITY')) throw error;
}

/** Keeps checkpoints from moving backwards, or past the log. */
export interface CheckpointPlanner {
  prepare(names: readonly string[]): Promise<void>;
  /** @throws CheckpointConflictError */
  plan(checkpoint: Checkpoint): Checkpoint;
  /** Nothing is staged any more: what is stored tells all. */
  flushed(): void;
}

export function createCheckpointPlanner(
  log: EventLog,
  lastSequence: () => number,
): CheckpointPlanner {
  const positions = new Map<string, number>();
  return {
    async prepare(names) {
      for (const name of new Set(names)) {
        const stored = await log.readCheckpoint(name).catch(noneIfDamaged);
        positions.set(name, Math.max(stored?.sequence ?? 0, positions.get(name) ?? 0));
      }
    },
    plan(checkpoint) {
      const { name, sequence: given } = checkpoint;
      const least = positions.get(name) ?? 0;
      const most = lastSequence();
      if (given < least || given > most) {
        const bound = given < least ? least : most;
        throw new CheckpointConflictError({ checkpoint: name, given, bound });
      }
      positions.set(name, given);
      return checkpoint;
    },
    flushed: () => positions.clear(),
  };
}
