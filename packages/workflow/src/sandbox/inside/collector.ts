/** Gathers bytes up to a limit. */
export interface Collector {
  /** False when the chunk did not fit. */
  add(chunk: Buffer): boolean;
  text(): string;
}

/** The rest is dropped, so that a flood costs no memory. */
export function collect(limit: number): Collector {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    add(chunk) {
      const room = limit - size;
      if (room > 0) chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
      size += chunk.length;
      return size <= limit;
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}
