import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseOllamaHost } from '@org/models/ollama';
import { z } from 'zod';
import { tokenForm } from './access-token.ts';
import { ConfigError } from './errors.ts';

const port = z.coerce.number().int().min(0).max(65_535);
/** As long as a timer can wait. */
const milliseconds = z.coerce.number().int().min(0).max(2_147_483_647);

/** Everything that can be set, with its default. Flags win over the environment, that over the file. */
const schema = z.strictObject({
  /** Where it listens: an address or a name. */
  host: z.string().min(1).default('0.0.0.0'),
  port: port.default(9876),
  /** Holds the log, the caches, the code and the token. */
  dataDir: z.string().min(1).default('data'),
  ollamaHost: z.string().default('http://127.0.0.1:11434'),
  /** Smallest context window first; a context that does not fit goes to the next. */
  models: z.array(z.string().min(1)).min(1).default(['mistral:7b', 'qwen3:8b']),
  /** Used where the host has it; without it search goes by words. */
  embeddingModel: z.string().nullable().default('nomic-embed-text'),
  sandbox: z.enum(['auto', 'bubblewrap', 'node-permission', 'none']).default('auto'),
  defaultLanguage: z.enum(['javascript', 'typescript', 'python']).default('javascript'),
  workers: z.coerce.number().int().min(1).max(64).default(3),
  maxConcurrent: z.coerce.number().int().min(1).max(256).default(5),
  maxQueueSize: z.coerce.number().int().min(1).max(100_000).default(100),
  /** Unfinished tasks; the next one waits, then is refused. */
  maxTasks: z.coerce.number().int().min(1).max(100_000).default(100),
  /** How long a request waits for a task's place before it is refused. */
  placeWaitMs: milliseconds.default(10_000),
  maxIterations: z.coerce.number().int().min(1).max(50).default(5),
  tokenBudget: z.coerce.number().int().min(1).nullable().default(null),
  stepTimeoutMs: milliseconds.min(1).default(1_800_000),
  /** How long a task waits for a model that is away. */
  modelWaitMs: milliseconds.default(900_000),
  /** How long a stop may take before it is forced. */
  shutdownMs: milliseconds.default(10_000),
  /** What a stop does with running work: cancel it (the log knows where to go on) or finish the steps. */
  shutdownMode: z.enum(['cancel', 'drain']).default('cancel'),
  /** Written answers for one task instead of a model's, to try the server out without Ollama. */
  standIn: z.boolean().default(false),
  /** Waits for Ollama at the start instead of refusing. */
  waitForOllama: z.boolean().default(false),
  /** Bearer token for everyone but this machine; made at the first start when absent. */
  token: z
    .string()
    .regex(tokenForm, 'must be 16 or more letters, digits and signs of ASCII')
    .nullable()
    .default(null),
  /** Origins of web pages that may talk to the server, beside its own. */
  allowedOrigins: z.array(z.url()).default([]),
  /** Host names by which it may be addressed, beside its addresses and loopback names. */
  allowedHosts: z.array(z.string().min(1)).default([]),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export type Config = z.output<typeof schema>;

/** What the process is to do. */
export type Mode = 'stdio' | 'http' | 'express' | 'demo';

export interface CommandLine {
  readonly mode: Mode;
  readonly printConfig: boolean;
  readonly help: boolean;
  readonly version: boolean;
  readonly config: Config;
}

/** Environment variables by setting; lists are separated by commas. */
const environment: Readonly<Partial<Record<keyof Config, string>>> = {
  host: 'ORCHESTRATOR_HOST',
  port: 'ORCHESTRATOR_PORT',
  dataDir: 'ORCHESTRATOR_DATA_DIR',
  ollamaHost: 'OLLAMA_HOST',
  models: 'ORCHESTRATOR_MODELS',
  embeddingModel: 'ORCHESTRATOR_EMBEDDING_MODEL',
  sandbox: 'ORCHESTRATOR_SANDBOX',
  token: 'ORCHESTRATOR_TOKEN',
  logLevel: 'ORCHESTRATOR_LOG_LEVEL',
  allowedOrigins: 'ORCHESTRATOR_ALLOWED_ORIGINS',
  allowedHosts: 'ORCHESTRATOR_ALLOWED_HOSTS',
};

const lists: ReadonlySet<string> = new Set(['models', 'allowedOrigins', 'allowedHosts']);
const switches: ReadonlySet<string> = new Set(['standIn', 'waitForOllama']);

export const help = `Usage: org-server [--express | --http | demo] [options]

  (no flag)            MCP over stdio; logs go to standard error only
  --http               MCP over HTTP at /mcp, and /livez, /readyz, /health
  --express            REST, WebSocket and MCP
  demo                 the whole thing once, with a stand-in for the model

Options, with their environment variable, if any, and default; each also in a JSON file (--config FILE,
by the names of --print-config):
${Object.keys(schema.shape)
  .map((key) => helpLine(key as keyof Config))
  .join('\n')}
  --config FILE          ORCHESTRATOR_CONFIG
  --print-config       shows what is in force, secrets hidden, and ends
  --help, --version

Signals: SIGTERM and SIGINT stop in order, a second one at once; SIGHUP reads the configuration again.
`;

function helpLine(key: keyof Config): string {
  const value = String(schema.shape[key].parse(undefined) ?? '');
  return `  --${kebab(key).padEnd(20)} ${(environment[key] ?? '').padEnd(30)} ${value}`.trimEnd();
}

/**
 * Reads flags, environment and file.
 *
 * @throws ConfigError with every setting that is wrong, and where it came from
 */
export function readCommandLine(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CommandLine {
  const { flags, positionals } = readFlags(argv);
  if (positionals.some((word) => word !== 'demo') || positionals.length > 1)
    throw new ConfigError(`Unknown argument: ${positionals.join(' ')}. See --help.`);
  const modes = [flags.express && 'express', flags.http && 'http', positionals[0]].filter(Boolean);
  if (modes.length > 1) throw new ConfigError(`Only one of ${modes.join(', ')} can be chosen.`);
  // `modes[0]` is one of the words just listed.
  const mode = (modes[0] ?? 'stdio') as Mode;
  return {
    mode,
    printConfig: flags['print-config'] === true,
    help: flags.help === true,
    version: flags.version === true,
    config: readConfig(flags, env),
  };
}

/** The configuration with its secrets hidden. */
export function printable(config: Config): Readonly<Record<string, unknown>> {
  return { ...config, token: config.token === null ? null : '(hidden)' };
}

function readFlags(argv: readonly string[]) {
  const settings = Object.keys(schema.shape).map(
    (key) => [kebab(key), { type: switches.has(key) ? 'boolean' : 'string' }] as const,
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        ...Object.fromEntries(settings),
        express: { type: 'boolean' },
        http: { type: 'boolean' },
        config: { type: 'string' },
        'print-config': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
      allowPositionals: true,
    });
    // Options built at run time have no static type; each is a string or a boolean by the table above.
    return { flags: values as Record<string, string | boolean | undefined>, positionals };
  } catch (error) {
    // Node's advice on arguments that begin with a dash, in further sentences, is for other programs.
    const [what = ''] = messageOf(error).split('. ');
    throw new ConfigError(`${what.replace(/\.$/, '')}. See --help.`);
  }
}

function readConfig(
  flags: Readonly<Record<string, string | boolean | undefined>>,
  env: Readonly<Record<string, string | undefined>>,
): Config {
  const merged: Record<string, unknown> = {};
  const origin: Record<string, string> = {};
  const faults: string[] = [];
  const take = (key: string, value: unknown, from: string): void => {
    if (value === undefined) return;
    if (value === '') {
      faults.push(`${from}: is empty; leave it out for the default`);
      return;
    }
    merged[key] = lists.has(key) && typeof value === 'string' ? value.split(',') : value;
    origin[key] = from;
  };
  if (flags.config === '') throw new ConfigError('--config: is empty; it names a file');
  // An empty variable is one that is not set.
  const file = flags.config ?? (env.ORCHESTRATOR_CONFIG || undefined);
  if (typeof file === 'string')
    for (const [key, value] of Object.entries(readFile(file))) take(key, value, `${file}, ${key}`);
  for (const [key, name] of Object.entries(environment)) take(key, env[name] || undefined, name);
  for (const key of Object.keys(schema.shape)) take(key, flags[kebab(key)], `--${kebab(key)}`);
  if (merged.ollamaHost !== undefined)
    merged.ollamaHost = ollamaUrl(merged.ollamaHost, origin.ollamaHost);
  if (merged.embeddingModel === 'none') merged.embeddingModel = null;
  const parsed = schema.safeParse(merged);
  for (const issue of parsed.error?.issues ?? [])
    for (const key of settingsAtFault(issue))
      faults.push(`${origin[key] ?? key}: ${whatIsWrong(issue, merged[key])}`);
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults.join('\n'));
  return { ...parsed.data, dataDir: resolve(parsed.data.dataDir) };
}

function settingsAtFault(issue: z.core.$ZodIssue): readonly string[] {
  return issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0])];
}

/** What users can mend, by the value that they gave. */
function whatIsWrong(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'unrecognized_keys') return 'is no setting; --print-config shows all by name';
  const given = JSON.stringify(value);
  if (issue.code === 'invalid_type' && ['number', 'int'].includes(issue.expected))
    return `${given} is not a whole number`;
  if (issue.code === 'too_big' && issue.origin !== 'string')
    return `${given} is more than ${issue.maximum}`;
  if (issue.code === 'too_small' && issue.origin !== 'string' && issue.origin !== 'array')
    return `${given} is less than ${issue.minimum}`;
  if (issue.code === 'too_small' && issue.path.length === 2) return 'has an empty entry';
  return issue.message;
}

function readFile(file: string): Record<string, unknown> {
  if (!existsSync(file)) throw new ConfigError(`${file}: there is no such configuration file.`);
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new ConfigError(`${file}: not a JSON object (${messageOf(error)}).`);
  }
}

function ollamaUrl(value: unknown, from = 'ollamaHost'): string {
  try {
    return parseOllamaHost(String(value));
  } catch (error) {
    // The variable is named by the library too, wherever the value came from.
    throw new ConfigError(`${from}: ${messageOf(error).replace(/^OLLAMA_HOST: /, '')}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
