import type { AnyEvent } from '../event.ts';

const treacherous = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text as it can be shown on any terminal: control, direction and line characters are escaped. */
export function printable(text: string): string {
  return text.replace(treacherous, escapeUnits);
}

/** A path as a shell takes it for one word. */
export function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** JSON as it can be shown on any terminal: still JSON of the same value. */
export function printableJson(value: unknown, indent = 0): string {
  const json = JSON.stringify(value, null, indent) ?? 'null';
  return json.replace(treacherous, (character) =>
    character === '\n' ? '\n' : escapeUnits(character),
  );
}

/** As JSON escapes them: `\u202e`. */
function escapeUnits(text: string): string {
  return text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** One line: sequence, time, task and version, type, and the beginning of the data. */
export function eventLine(event: AnyEvent, options: { readonly dataWidth?: number } = {}): string {
  const { dataWidth = 100 } = options;
  const data = printableJson(event.data);
  const shown = data.length > dataWidth ? `${data.slice(0, dataWidth - 1)}…` : data;
  const place = `${printable(event.taskId)} v${event.version}`;
  return `${String(event.sequence).padStart(8)}  ${event.timestamp}  ${place}  ${printable(event.eventType)}  ${shown}\n`;
}

/** `3 events`, `1 event`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
