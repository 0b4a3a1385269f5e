import { styleText } from 'node:util';

const colours = process.stdout.isTTY === true;

function styled(style: Parameters<typeof styleText>[0], text: string): string {
  return colours ? styleText(style, text) : text;
}

/** What the demo prints. */
export const say = {
  title: (text: string): void => void process.stdout.write(`\n${styled('bold', text)}\n`),
  line: (text: string): void => void process.stdout.write(`  ${text}\n`),
  good: (text: string): void => void process.stdout.write(`  ${styled('green', text)}\n`),
  bad: (text: string): void => void process.stdout.write(`  ${styled('red', text)}\n`),
  dim: (text: string): void => void process.stdout.write(`  ${styled('dim', text)}\n`),
};

/** `[####······]  1 234 of 8 192` */
export function gauge(part: number, whole: number): string {
  const width = 20;
  const filled = Math.min(width, Math.ceil((part / whole) * width));
  return `[${'#'.repeat(filled)}${'·'.repeat(width - filled)}] ${number(part)} of ${number(whole)}`;
}

function number(value: number): string {
  return value.toLocaleString('en-US').replaceAll(',', ' ');
}
