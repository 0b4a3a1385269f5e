import { type Queueable, TaskQueue } from './task-queue.ts';

/** How many tasks of one key run, may run, and wait only for that. */
export interface KeySlots<Member extends Queueable = Queueable> {
  readonly key: string;
  limit: number;
  running: number;
  /** Unfinished tasks of the key; without any the key is forgotten. */
  users: number;
  readonly parked: TaskQueue<Member>;
}

/** Concurrency limits by key. A key costs memory only while a task uses it. */
export class KeyLimits<Member extends Queueable = Queueable> {
  readonly #default: number;
  readonly #limits: Map<string, number>;
  readonly #inUse = new Map<string, KeySlots<Member>>();

  constructor(options: {
    readonly keyLimit: number;
    readonly keyLimits: Readonly<Record<string, number>>;
  }) {
    this.#default = options.keyLimit;
    this.#limits = new Map(Object.entries(options.keyLimits));
  }

  /** The slots of a key, for one more task, until `leave`. */
  join(key: string): KeySlots<Member> {
    let slots = this.#inUse.get(key);
    if (slots === undefined) {
      const limit = this.#limits.get(key) ?? this.#default;
      slots = { key, limit, running: 0, users: 0, parked: new TaskQueue() };
      this.#inUse.set(key, slots);
    }
    slots.users += 1;
    return slots;
  }

  leave(slots: KeySlots<Member>): void {
    slots.users -= 1;
    if (slots.users === 0) this.#inUse.delete(slots.key);
  }

  /** Gives the slots in use, if any, whose waiting tasks may go on now. */
  setLimit(key: string, limit: number): KeySlots<Member> | undefined {
    this.#limits.set(key, limit);
    const slots = this.#inUse.get(key);
    if (slots !== undefined) slots.limit = limit;
    return slots;
  }
}

/** Whether a task may start, as far as its key is concerned. */
export function isKeyFree({ keySlots }: { readonly keySlots: KeySlots | undefined }): boolean {
  return keySlots === undefined || keySlots.running < keySlots.limit;
}
