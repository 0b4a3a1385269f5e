/**
 * One string for all that are equal, whichever segment they were read from: names of tasks, types, files and models
 * come again in every segment, and reading and comparing them is several times as quick where they are one and stay in
 * the processor's cache. What is kept keeps nothing else alive.
 */
export function pooled(text: string): string {
  if (text.length > longestPooled) return text;
  const known = pool.get(text);
  if (known !== undefined) return known;
  if (pool.size >= mostPooled) pool.clear();
  const own = ` ${text}`.slice(1); // not a part of its segment's text
  pool.set(own, own);
  return own;
}

/** Shorter than a UUID or a hash, which come again in few segments if at all. */
const longestPooled = 32;
const mostPooled = 4_096;
const pool = new Map<string, string>();
