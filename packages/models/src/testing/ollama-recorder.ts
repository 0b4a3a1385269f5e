import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request as send } from 'undici';
import { parseOllamaHost } from '../ollama/ollama-host.ts';
import { listen } from './listen.ts';
import { recordExchange, startRecording } from './recording.ts';
import type { StandInScript } from './script.ts';

export interface OllamaRecorderOptions {
  /** The real Ollama, as in OLLAMA_HOST. @default '127.0.0.1:11434' */
  readonly target?: string | undefined;
  /** @default 0, any free one */
  readonly port?: number | undefined;
  /** @default '127.0.0.1' */
  readonly hostname?: string | undefined;
}

/** A proxy between a client and a real Ollama that remembers the answers. */
export interface OllamaRecorder extends AsyncDisposable {
  /** Where the client has to be sent. */
  readonly url: string;
  /** What was recorded so far; the stand-in takes it as its script. */
  recording(): StandInScript;
  /** Writes the recording to a file. */
  save(file: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Records a session with a real Ollama, to be replayed by the stand-in without one.
 *
 * Passes everything through as it is. Whole answers of `/api/chat` and `/api/generate`, vectors of
 * `/api/embed` and the models of `/api/show` are kept; failed, cut and aborted answers are not. A
 * request that comes twice keeps its first answer. Prompts and answers are recorded in plain text.
 */
export async function startOllamaRecorder(
  options: OllamaRecorderOptions = {},
): Promise<OllamaRecorder> {
  const target = parseOllamaHost(options.target);
  const recording = startRecording();
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const left = new AbortController();
    response.on('close', () => left.abort());
    const body = await bytesOf(request);
    const path = request.url ?? '/';
    const upstream = await send(`${target}${path}`, {
      method: (request.method ?? 'GET') as 'GET', // undici lists the methods; ours comes from a client
      headers: passedOn(request.headers),
      ...(body.length > 0 && { body }),
      dispatcher: agent,
      signal: left.signal,
    });
    response.writeHead(upstream.statusCode, {
      'X-Ollama-Recorder': 'true',
      ...passedOn(upstream.headers),
    });
    const answer: Buffer[] = [];
    let passed = 0;
    for await (const chunk of upstream.body) {
      answer.push(Buffer.from(chunk));
      // The end is held back until it is recorded: whoever has the answer finds it in the recording.
      if (isLast(answer)) continue;
      for (const bytes of answer.slice(passed)) response.write(bytes);
      passed = answer.length;
    }
    if (upstream.statusCode === 200)
      recordExchange(recording, {
        path: new URL(path, target).pathname,
        request: body.toString('utf8'),
        answer: Buffer.concat(answer).toString('utf8'),
      });
    response.end(Buffer.concat(answer.slice(passed)));
  };

  const { url, close } = await listen(
    (request, response) => {
      forward(request, response).catch((error: unknown) => {
        if (response.headersSent) return response.destroy();
        response.writeHead(502, { 'Content-Type': 'application/json' });
        return response.end(
          JSON.stringify({ error: `the recorder cannot reach ${target}: ${String(error)}` }),
        );
      });
    },
    { port: options.port ?? 0, hostname: options.hostname ?? '127.0.0.1' },
  );
  let closing: Promise<void> | undefined;
  const closeAll = () => {
    closing ??= close().then(() => agent.close());
    return closing;
  };
  return {
    url,
    recording: () => recording.script(),
    save: (file) => writeFile(file, `${JSON.stringify(recording.script(), null, 2)}\n`),
    close: closeAll,
    [Symbol.asyncDispose]: closeAll,
  };
}

/** Whether the last chunks hold the last line of a stream, or a whole answer. */
function isLast(chunks: readonly Buffer[]): boolean {
  const tail = Buffer.concat(chunks.slice(-8)).toString('utf8');
  return /"done"\s*:\s*true|"embeddings"|"model_info"/.test(tail);
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Headers that belong to one connection only are made anew for the next. */
const ownHeaders = new Set([
  'connection',
  'host',
  'content-length',
  'transfer-encoding',
  'keep-alive',
]);

function passedOn(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(
    (entry): entry is [string, string | string[]] =>
      entry[1] !== undefined && !ownHeaders.has(entry[0].toLowerCase()),
  );
  return Object.fromEntries(kept);
}
