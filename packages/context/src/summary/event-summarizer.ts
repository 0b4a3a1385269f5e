import type { Event } from '@org/events';
import { estimatingCounter, type TokenCounter } from '@org/models';
import { eventJson } from './event-json.ts';
import { type EventPiece, eventPieces } from './event-pieces.ts';
import { statisticsLine, type TaskStatistics, taskStatistics } from './task-statistics.ts';

export interface EventSummarizerOptions {
  /** The last so many events in full. @default 5 */
  readonly keepRecent?: number | undefined;
  /** @default an estimate for any model, rather too high */
  readonly tokens?: TokenCounter | undefined;
  /** Of one event in full; what is longer is cut in its middle. @default 250 */
  readonly maxEventTokens?: number | undefined;
}

/** A history in few words. */
export interface EventSummary {
  /** The statistics, then the events in their order: older ones one line each, the last ones in full. */
  readonly text: string;
  readonly tokens: number;
  readonly statistics: TaskStatistics;
  readonly pieces: readonly EventPiece[];
  /** Of the events as JSON, without the records of model calls. */
  readonly originalTokens: number;
  /** Original tokens for each token of the summary. */
  readonly compressionRatio: number;
}

const compression = 5;
/** Below so many events the last ones may take what they need. */
const many = 50;

/** Compresses a task's history: the last events in full, older ones one line each, and statistics. */
export class EventSummarizer {
  readonly keepRecent: number;
  readonly #counter: TokenCounter;
  readonly #maxEventTokens: number;

  constructor(options: EventSummarizerOptions = {}) {
    this.keepRecent = options.keepRecent ?? 5;
    this.#counter = options.tokens ?? estimatingCounter('other');
    this.#maxEventTokens = options.maxEventTokens ?? 250;
  }

  /**
   * Summarises events, which may come in any order.
   *
   * Costs at most `maxTokens`, and from 50 events on at most a fifth of them. Where the lines do not
   * fit, the oldest are counted by type.
   *
   * @param options.maxTokens @default 1 500
   */
  summarize(
    events: readonly Event[],
    options: { readonly maxTokens?: number | undefined } = {},
  ): EventSummary {
    const sorted = events.toSorted((a, b) => a.sequence - b.sequence);
    const count = (text: string) => this.#counter.count(text);
    const originalTokens = sorted.reduce((sum, event) => sum + count(eventJson(event)), 0);
    const statistics = taskStatistics(sorted);
    const head = sorted.length === 0 ? 'No events yet.\n' : '';
    const summary = head + statisticsLine(statistics);
    const limit = Math.min(
      options.maxTokens ?? 1_500,
      sorted.length < many ? Number.MAX_SAFE_INTEGER : Math.floor(originalTokens / compression),
    );
    const pieces = eventPieces(sorted, {
      count,
      keepRecent: this.keepRecent,
      maxTokens: limit - count(summary),
      maxEventTokens: this.#maxEventTokens,
    });
    const text = [summary, ...pieces.map((piece) => piece.text)].join('\n');
    const tokens = count(text);
    return {
      text,
      tokens,
      statistics,
      pieces,
      originalTokens,
      compressionRatio: tokens === 0 ? 1 : originalTokens / tokens,
    };
  }
}
