import type { Event } from '@org/events';
import { eventHead } from './event-line.ts';
import { withoutReferences } from './without-references.ts';

/** Fields that say how an event came about, not what happened; our own prompts are among them. */
const aside: ReadonlySet<string> = new Set([
  'calls',
  'idempotency',
  'hash',
  'signature',
  'durationMs',
  'sandbox',
  'limits',
  'models',
  'priority',
]);

/**
 * How much of an event is told: `whole`; `listed`, with files by name and length; or `brief`, without
 * the task's words, too. What is left out stands elsewhere in a prompt.
 */
export type EventDetail = 'whole' | 'listed' | 'brief';

/** An event and its payload, readable: one line per field, texts as they are. */
export function eventText(event: Event, detail: EventDetail = 'whole'): string {
  const data: unknown = event.data;
  const told = detail === 'whole' ? data : withoutContents(data, detail);
  const lines = typeof told === 'object' && told !== null ? fieldLines(told, '') : [];
  return withoutReferences([eventHead(event), ...lines].join('\n'));
}

function withoutContents(data: unknown, detail: EventDetail): unknown {
  if (typeof data !== 'object' || data === null) return data;
  const listed = Object.entries(data)
    .filter(([name]) => detail !== 'brief' || name !== 'prompt')
    .map(([name, field]) => [name, Array.isArray(field) ? field.map(fileName) : field]);
  return Object.fromEntries(listed);
}

/** `path (12 lines)` */
function fileName(item: unknown): unknown {
  if (typeof item !== 'object' || item === null || !('path' in item)) return item;
  if (!('content' in item) || typeof item.content !== 'string') return item.path;
  return `${String(item.path)} (${item.content.split('\n').length} lines)`;
}

/** The lines of a value's fields; empty ones, and what stands in the head already, are left out. */
function fieldLines(value: object, indent: string): string[] {
  return Object.entries(value).flatMap(([name, field]) => {
    if (aside.has(name) || isEmpty(field) || (indent === '' && name === 'module')) return [];
    return valueLines(name, field, indent);
  });
}

function valueLines(name: string, value: unknown, indent: string): string[] {
  if (typeof value === 'string') return textLines(name, value, indent);
  if (typeof value !== 'object' || value === null) return [`${indent}${name}: ${String(value)}`];
  if (!Array.isArray(value)) return [`${indent}${name}:`, ...fieldLines(value, `${indent}  `)];
  if (value.every((item) => typeof item !== 'object'))
    return [`${indent}${name}: ${value.map(String).join(', ')}`];
  return [`${indent}${name}:`, ...value.flatMap((item: unknown) => itemLines(item, `${indent}  `))];
}

function itemLines(item: unknown, indent: string): string[] {
  if (typeof item !== 'object' || item === null) return [`${indent}- ${String(item)}`];
  const [first, ...rest] = fieldLines(item, `${indent}  `);
  return first === undefined ? [] : [`${indent}- ${first.trimStart()}`, ...rest];
}

function textLines(name: string, text: string, indent: string): string[] {
  if (!text.includes('\n')) return [`${indent}${name}: ${text}`];
  const fence = fenceFor(text);
  return [`${indent}${name}:`, fence, text.replace(/\n$/, ''), fence];
}

/** A fence that the text itself does not contain. */
export function fenceFor(text: string, sign = '~'): string {
  let fence = sign.repeat(3);
  while (text.includes(fence)) fence += sign;
  return fence;
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  return Array.isArray(value) && value.length === 0;
}
