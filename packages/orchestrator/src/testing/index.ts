export { FakeClock } from './fake-clock.ts';
export { type HeldWork, heldWork } from './held-work.ts';
export { nextTurn } from './next-turn.ts';
