import type { User } from './inside/supervision.ts';

/** `nobody`: owns nothing, and is on every system. */
const nobody: User = { uid: 65_534, gid: 65_534 };

/** Whom the code runs as: nobody, when the server is root; the server's own user otherwise (null). */
export function sandboxUser(): User | null {
  return process.geteuid?.() === 0 ? nobody : null;
}
