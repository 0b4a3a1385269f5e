import { KeywordIndex } from '../../packages/context/src/graph/words/keyword-index.ts';
import { eventText, type TextEvent } from './history-text.ts';
import { filled, type Method, type Task } from './method.ts';

/** Events of the log that are not the module itself, which everyone has for free. */
function others({ events, module }: Task): readonly TextEvent[] {
  return events.filter(({ title }) => title !== `MODULE_GENERATED ${module}`);
}

/** Whole events in an order that means nothing (by a hash of their titles). */
const random: Method = {
  name: 'random',
  prepare: (task) => {
    const pieces = others(task)
      .toSorted((a, b) => hash(a.title) - hash(b.title))
      .map(eventText);
    return (maxTokens) => filled(pieces, { maxTokens, counter: task.counter, cut: true });
  },
};

/** The newest events, whole. */
const lastN: Method = {
  name: 'last-N',
  prepare: (task) => {
    const pieces = others(task).toReversed().map(eventText);
    return (maxTokens) => filled(pieces, { maxTokens, counter: task.counter, cut: true });
  },
};

/** One line for each event, newest first, then the last five whole: the summary that most agents keep. */
const flat: Method = {
  name: 'flat summary',
  prepare: (task) => {
    const newest = others(task).toReversed();
    const pieces = [...newest.map(({ line }) => line), ...newest.slice(0, 5).map(eventText)];
    return (maxTokens) => filled(pieces, { maxTokens, counter: task.counter, cut: true });
  },
};

/** Every event's title; bodies of the newest ones as long as they fit, older ones masked. */
const masking: Method = {
  name: 'observation masking',
  prepare: (task) => {
    const newest = others(task).toReversed();
    const titles = newest.map(({ title }) => `${title} [masked]`);
    const pieces = [...titles, ...newest.map(eventText)];
    return (maxTokens) => filled(pieces, { maxTokens, counter: task.counter, cut: true });
  },
};

/** Whole events that share words with the question and the module. */
const bm25Events: Method = {
  name: 'BM25 whole events',
  prepare: (task) => {
    const events = others(task);
    const index = new KeywordIndex();
    events.forEach((event, i) => {
      index.set(String(i), eventText(event));
    });
    const hits = index.search(questionOf(task), { limit: events.length });
    const pieces = hits.flatMap(({ id }) => {
      const event = events[Number(id)];
      return event === undefined ? [] : [eventText(event)];
    });
    return (maxTokens) => filled(pieces, { maxTokens, counter: task.counter });
  },
};

export const baselines: readonly Method[] = [random, lastN, flat, masking, bm25Events];

/** The subject, and every word of the module. */
export function questionOf({ subject, module, history }: Task): string {
  return `${subject}\n${module}\n${history.files.get(module) ?? ''}`;
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
