import { parseArgs } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };
import { type Command, type CommandInput, type Terminal, UsageError } from './command.ts';
import { backup } from './commands/backup.ts';
import { exportEvents } from './commands/export.ts';
import { importEvents } from './commands/import.ts';
import { inspect } from './commands/inspect.ts';
import { repair } from './commands/repair.ts';
import { tail } from './commands/tail.ts';
import { verify } from './commands/verify.ts';
import { ExitCode } from './exit-code.ts';
import { explainError } from './explain-error.ts';
import { commandHelp, help } from './help.ts';
import { noteLeftOvers } from './left-overs.ts';

/** All there are, in the order of the help. */
export const commands: readonly Command[] = [
  tail,
  inspect,
  verify,
  exportEvents,
  importEvents,
  backup,
  repair,
];

/** Runs one command line; resolves to the exit code. Never rejects, and shows no stack without `--debug`. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name, ...rest] = args;
  let store: string | undefined;
  try {
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      await terminal.print(help(commands));
      return name === undefined ? ExitCode.usage : ExitCode.ok;
    }
    if (name === '--version') {
      await terminal.print(`${manifest.version}\n`);
      return ExitCode.ok;
    }
    const command = commands.find((one) => one.name === name);
    if (command === undefined) throw new UsageError(`There is no command "${name}"`);
    if (rest.includes('--help') || rest.includes('-h')) {
      await terminal.print(commandHelp(command));
      return ExitCode.ok;
    }
    const input = parse(command, rest, terminal);
    [store] = input.positionals;
    for (const path of input.positionals) await noteLeftOvers(path, terminal);
    return await command.run(input);
  } catch (error) {
    const { exitCode, lines } = explainError(error, { command: name, store });
    for (const line of lines) terminal.note(`${line}\n`);
    if (exitCode === ExitCode.usage) {
      const about = commands.some((one) => one.name === name) ? `${name} ` : '';
      terminal.note(`org-events ${about}--help shows what there is.\n`);
    }
    if (args.includes('--debug') && error instanceof Error) terminal.note(`${error.stack}\n`);
    return exitCode;
  }
}

function parse(command: Command, args: readonly string[], terminal: Terminal): CommandInput {
  const { values, positionals } = parseStrictly(command, args);
  const wanted = command.takes.length;
  if (positionals.length !== wanted) {
    throw new UsageError(
      `org-events ${command.name} takes ${command.takes.join(' and ')}, not ${positionals.length === 0 ? 'nothing' : positionals.map((one) => `"${one}"`).join(' ')}`,
    );
  }
  // A variable that is not set: as a path it would stand for the current folder.
  const [option] = Object.entries<unknown>(values).find(([, value]) => value === '') ?? [];
  const empty = command.takes[positionals.indexOf('')] ?? (option && `--${option}`);
  if (empty !== undefined) throw new UsageError(`${empty} is empty`);
  return { positionals, options: values, terminal };
}

function parseStrictly(command: Command, args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { ...command.options, debug: { type: 'boolean' } },
      allowPositionals: true,
    });
  } catch (error) {
    // "Unknown option '--x'. To specify a positional …": the first sentence is what matters.
    const [problem = ''] = (error instanceof Error ? error.message : String(error)).split(/\.\s/);
    throw new UsageError(problem);
  }
}
