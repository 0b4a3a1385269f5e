/** Resolves after this turn of the event loop, when what was submitted in it has been dispatched. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
