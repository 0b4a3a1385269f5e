import { defaultSystemPrompt } from './system-prompt.ts';

/** Writes the system prompt for an event type. May be slow, may fail. */
export type SystemPromptGenerator = (eventType: string) => string | Promise<string>;

export interface SystemPromptCacheOptions {
  /** @default the built-in prompts */
  readonly generate?: SystemPromptGenerator | undefined;
  /** Further attempts after a failed one. @default 2 */
  readonly retries?: number | undefined;
  /** Stands in when every attempt failed; it is not kept. @default the built-in prompts */
  readonly fallback?: ((eventType: string) => string) | undefined;
  /** Called with what the generator threw, each time. */
  readonly onError?: ((error: unknown, eventType: string) => void) | undefined;
  /** Beyond it the least recently used prompt leaves. @default 1 000 */
  readonly maxEntries?: number | undefined;
}

export interface SystemPromptCacheStats {
  readonly hits: number;
  readonly misses: number;
  readonly size: number;
}

/** Gives each event type its system prompt, generated once. */
export class SystemPromptCache {
  readonly #generate: SystemPromptGenerator;
  readonly #fallback: (eventType: string) => string;
  readonly #onError: ((error: unknown, eventType: string) => void) | undefined;
  readonly #retries: number;
  readonly #maxEntries: number;
  #prompts = new Map<string, Promise<GeneratedPrompt>>();
  #hits = 0;
  #misses = 0;

  constructor(options: SystemPromptCacheOptions = {}) {
    this.#generate = options.generate ?? defaultSystemPrompt;
    this.#fallback = options.fallback ?? defaultSystemPrompt;
    this.#onError = options.onError;
    this.#retries = options.retries ?? 2;
    this.#maxEntries = options.maxEntries ?? 1_000;
  }

  get stats(): SystemPromptCacheStats {
    return { hits: this.#hits, misses: this.#misses, size: this.#prompts.size };
  }

  /** The prompt for an event type. Concurrent first calls share one generation. Never rejects. */
  async get(eventType: string): Promise<string> {
    const known = this.#prompts.get(eventType);
    if (known !== undefined) {
      this.#hits += 1;
      this.#prompts.delete(eventType);
      this.#prompts.set(eventType, known);
      return (await known).text;
    }
    this.#misses += 1;
    const prompts = this.#prompts;
    const generated = this.#attempt(eventType);
    prompts.set(eventType, generated);
    const oldest = prompts.size > this.#maxEntries ? prompts.keys().next().value : undefined;
    if (oldest !== undefined) prompts.delete(oldest);
    const { text, isFallback } = await generated;
    if (isFallback && prompts.get(eventType) === generated) prompts.delete(eventType);
    return text;
  }

  /** Forgets every prompt, also those being generated at this moment. */
  clearCache(): void {
    this.#prompts = new Map();
  }

  async #attempt(eventType: string): Promise<GeneratedPrompt> {
    for (let attempt = 0; attempt <= this.#retries; attempt += 1) {
      try {
        const text = await this.#generate(eventType);
        if (text.trim() !== '') return { text, isFallback: false };
        this.#onError?.(new Error('the generator gave an empty prompt'), eventType);
      } catch (error) {
        this.#onError?.(error, eventType);
      }
    }
    return { text: this.#fallback(eventType), isFallback: true };
  }
}

interface GeneratedPrompt {
  readonly text: string;
  readonly isFallback: boolean;
}
