/**
 * Counts the turns that the event loop makes from now on. What blocks it is seen as turns that are missing,
 * on a machine of any speed.
 */
export function countTurns(): { readonly turns: number } & Disposable {
  let turns = 0;
  let next = setImmediate(turn);
  function turn(): void {
    turns += 1;
    next = setImmediate(turn);
  }
  return {
    get turns() {
      return turns;
    },
    [Symbol.dispose]() {
      clearImmediate(next);
    },
  };
}
