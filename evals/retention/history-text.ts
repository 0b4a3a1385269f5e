import { isTest } from './source-file.ts';
import type { HistoryStep, TaskHistory } from './task-history.ts';

/** One event as it would stand in a log that is read as text. */
export interface TextEvent {
  readonly title: string;
  /** The title's event in one line. */
  readonly line: string;
  readonly body: string;
  readonly kind: 'code' | 'test' | 'correction';
}

/** The whole history as text: 100 % of the tokens, all facts in it. Corrections as diffs, which is the shortest whole form. */
export function historyText(history: TaskHistory): string {
  return textEvents(history).map(eventText).join('\n\n');
}

export function eventText({ title, body }: TextEvent): string {
  return body === '' ? title : `${title}\n${body}`;
}

/** The events, oldest first. */
export function textEvents(history: TaskHistory): readonly TextEvent[] {
  return [...[...history.baseFiles].map(fileEvent), ...history.steps.map(stepEvent)];
}

function fileEvent([path, content]: readonly [string, string]): TextEvent {
  const kind = isTest(path) ? 'test' : 'code';
  const title = kind === 'test' ? `TEST_CREATED ${path}` : `MODULE_GENERATED ${path}`;
  const names = [
    ...content.matchAll(
      /^(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:abstract\s+)?(?:function\*?|class|interface|type|enum|const|def)\s+([\w$]+)/gm,
    ),
  ].map((match) => match[1] ?? '');
  const lines = content.split('\n').length;
  const offers = names.length === 0 ? '' : `: ${names.join(', ')}`;
  return { title, kind, body: content, line: `${title} (${lines} lines)${offers}` };
}

function stepEvent({ commit, files, diff }: HistoryStep): TextEvent {
  const title = `CORRECTION ${commit.subject}`;
  const changed = files.map(({ path }) => path).join(', ');
  const body = [commit.body, diff].filter((part) => part !== '').join('\n');
  return { title, kind: 'correction', body, line: `${title} [${changed}]` };
}
