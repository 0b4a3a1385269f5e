import type { Command } from './command.ts';

/** What there is. */
export function help(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => call(command).length)) + 2;
  return [
    'org-events — look into an event store, check it, move it',
    '',
    ...commands.map((command) => `  ${call(command).padEnd(width)}${command.summary}`),
    '',
    'STORE is the folder that the store was opened with. org-events COMMAND --help shows its options,',
    'org-events --version the version.',
    'tail, inspect, verify, export and backup never touch the store, and work while a server uses it.',
    '',
    'Exit codes: 0 done · 1 unexpected · 2 wrong command line · 3 store damaged · 4 store in use',
    '            5 path, permission or space · 6 wrong input · 7 store of a newer version',
    '            130 interrupted',
    '',
  ].join('\n');
}

/** One command with its options. */
export function commandHelp(command: Command): string {
  const options = [
    ...command.help,
    ['--debug', 'after an error, show where it came from'] as const,
  ];
  const width = Math.max(...options.map(([flag]) => flag.length)) + 2;
  return [
    `org-events ${call(command)}`,
    command.summary,
    ...(command.about ?? []),
    '',
    ...options.map(([flag, meaning]) => `  ${flag.padEnd(width)}${meaning}`),
    '',
  ].join('\n');
}

function call({ name, takes }: Command): string {
  return [name, ...takes].join(' ');
}
