export type { HuggingFaceCounterOptions } from './hugging-face-counter.ts';
export { loadHuggingFaceCounter } from './hugging-face-counter.ts';
