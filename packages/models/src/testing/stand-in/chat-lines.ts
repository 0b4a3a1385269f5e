/** What the lines of a chat are made of. */
export interface Piece {
  readonly text: string;
  readonly thinking: string;
}

/** What of a scene stands in its lines. */
interface LineScene {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly now: () => number;
}

/** The words of a line, where each of the two endpoints has them. */
export function content(
  { path }: Pick<LineScene, 'path'>,
  { text, thinking }: Piece,
): Record<string, unknown> {
  const thought = thinking === '' ? {} : { thinking };
  return path === '/api/generate'
    ? { response: text, ...thought }
    : { message: { role: 'assistant', content: text, ...thought } };
}

/** The last line; durations in nanoseconds. */
export function finalLine(
  scene: LineScene,
  end: {
    /** null: not done. */
    readonly reason: 'stop' | 'length' | 'load' | 'unload' | null;
    readonly durations?: { readonly started: number; readonly loadedAt: number };
    readonly usage?: {
      readonly promptTokens: number | null;
      readonly completionTokens: number | null;
    };
  },
): Record<string, unknown> {
  const base = {
    model: scene.body.model,
    created_at: new Date(scene.now()).toISOString(),
    ...content(scene, { text: '', thinking: '' }),
  };
  if (end.reason === null) return { ...base, done: false };
  const durations = end.durations && nanoseconds(end.durations);
  // Zero and null are left out, as Ollama's own encoder does it.
  const counts = {
    ...(end.usage?.promptTokens && { prompt_eval_count: end.usage.promptTokens }),
    ...(end.usage?.completionTokens && { eval_count: end.usage.completionTokens }),
  };
  return { ...base, done: true, done_reason: end.reason, ...durations, ...counts };
}

function nanoseconds({ started, loadedAt }: { started: number; loadedAt: number }) {
  const toNs = (ms: number) => Math.max(1, Math.round(ms * 1e6));
  const answering = performance.now() - loadedAt;
  return {
    total_duration: toNs(performance.now() - started),
    load_duration: toNs(loadedAt - started),
    prompt_eval_duration: toNs(answering / 10),
    eval_duration: toNs((answering * 9) / 10),
  };
}
