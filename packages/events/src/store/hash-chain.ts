import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** SHA-256 of a text's UTF-8, in hex. */
export type Sha256 = (text: string) => string;

/** The hash of the empty log. */
export const emptyLogHash = '';

/**
 * One link of the hash chain over the log: H(previous ‖ sequence ‖ version ‖ body).
 *
 * A record's text begins with sequence and version, and the body behind them has nothing of the two.
 */
export function chainHash(hash: Sha256, previous: string, recordText: string): string {
  return hash(previous + recordText);
}

/** SHA-256 wherever JavaScript runs. */
export const portableSha256: Sha256 = (text) => bytesToHex(sha256(utf8ToBytes(text)));
