/**
 * A 32-bit hash of a string: FNV-1a over its UTF-16 code units, then MurmurHash3's finalizer so that
 * the upper bits, which choose the bucket, depend on all of it.
 *
 * Stored on disk: it can never change.
 */
export function keyHash(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
