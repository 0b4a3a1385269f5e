export { FakeClock } from './fake-clock.ts';
export { nextTurn } from './next-turn.ts';
