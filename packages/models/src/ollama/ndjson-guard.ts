/** Passes whole NDJSON lines on, each checked; a tail that is not a whole line is dropped. */
export function ndjsonGuard(
  check: (line: unknown) => void,
): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let pending: Uint8Array[] = [];
  const pass = (
    parts: readonly Uint8Array[],
    controller: TransformStreamDefaultController<Uint8Array>,
  ) => {
    const bytes = Buffer.concat(parts);
    const text = decoder.decode(bytes).trim();
    if (text === '') return;
    check(JSON.parse(text));
    controller.enqueue(Buffer.from(`${text}\n`));
  };
  return new TransformStream({
    transform(chunk, controller) {
      let start = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
        pass([...pending, chunk.subarray(start, end)], controller);
        pending = [];
        start = end + 1;
      }
      if (start < chunk.length) pending.push(chunk.subarray(start));
    },
    flush(controller) {
      try {
        pass(pending, controller);
      } catch {
        // A line cut in its middle: the reader misses its last message, which says enough.
      }
    },
  });
}
