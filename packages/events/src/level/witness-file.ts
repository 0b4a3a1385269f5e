import { closeSync, constants, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { LogHead } from '../store/event-store.ts';
import { IntegrityError } from '../store-errors.ts';
import { checkedContent, withChecksum } from './checksum.ts';

/*
 * The last acknowledged head, beside the log: LevelDB can lose the tail of its log to one flipped bit
 * and open without a word. It is written after the log is durable and before the caller is answered,
 * but never synced: so it is never ahead of what was acknowledged, and survives the process.
 *
 * One that cannot be read says nothing of the log, which opens. It is evidence: what takes its place puts it aside.
 */

const headSchema = z.object({ sequence: z.int().nonnegative(), hash: z.string() });

/** Always the same, so that each write replaces the one before as a whole. */
const contentLength = 151;

export type WitnessReport =
  | { readonly state: 'present'; readonly head: LogHead }
  | { readonly state: 'missing' | 'damaged' };

/** What the witness of a store's folder says. */
export function readWitness(path: string): WitnessReport {
  let text: string;
  try {
    text = readFileSync(witnessFile(path), 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return { state: 'missing' };
    if (code === 'EISDIR') return { state: 'damaged' };
    throw error;
  }
  const content = checkedContent(text);
  const head = content === undefined ? undefined : headSchema.safeParse(JSON.parse(content)).data;
  return head ? { state: 'present', head } : { state: 'damaged' };
}

export interface Witness {
  record(head: LogHead): void;
  close(): void;
}

export function openWitness(path: string): Witness {
  let file: number | null = null;

  function begin(sequence: number): number {
    const name = witnessFile(path);
    if (readWitness(path).state === 'damaged') {
      renameSync(name, `${name}.damaged-before-${sequence}`);
    }
    return openSync(name, constants.O_WRONLY | constants.O_CREAT);
  }

  return {
    record({ sequence, hash }) {
      file ??= begin(sequence);
      const content = JSON.stringify({ sequence, hash }).padEnd(contentLength);
      writeSync(file, withChecksum(`${content}\n`), 0);
    },
    close() {
      if (file !== null) closeSync(file);
      file = null;
    },
  };
}

/** What a log is refused with that ends before what is known to have been acknowledged. */
export function lostTail(found: number, known: number): IntegrityError {
  return new IntegrityError({
    sequence: found + 1,
    reason: `the log ends before it, but events up to ${known} were acknowledged; restore a backup, or accept the shorter log with \`repair\``,
  });
}

function witnessFile(path: string): string {
  return join(path, 'witness');
}
