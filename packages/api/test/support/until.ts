/** Resolves when a condition holds; looks again with every turn of the event loop. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what = 'it holds',
): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
