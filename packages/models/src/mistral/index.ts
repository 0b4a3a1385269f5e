export { loadMistralCounter } from './mistral-counter.ts';
