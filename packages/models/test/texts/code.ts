/** Code and data, written for these tests. */
export const python = `"""Validation of e-mail addresses and phone numbers."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Iterable, Optional

EMAIL = re.compile(r"^[a-z0-9._%+-]+@[a-z0-9.-]+\\.[a-z]{2,}$", re.IGNORECASE)


class ValidationError(ValueError):
    """Raised when a value cannot be accepted."""

    def __init__(self, field_name: str, value: object, reason: str) -> None:
        super().__init__(f"{field_name}: {reason} (got {value!r})")
        self.field_name = field_name
        self.reason = reason


@dataclass(frozen=True)
class Contact:
    name: str
    email: Optional[str] = None
    phones: list[str] = field(default_factory=list)

    def with_phone(self, number: str) -> "Contact":
        return Contact(self.name, self.email, [*self.phones, normalise_phone(number)])


def validate_email(address: str) -> bool:
    """Return True if the address looks like one that can receive mail."""
    if not address or len(address) > 254:
        return False
    local, _, domain = address.rpartition("@")
    if not local or ".." in local or domain.startswith("-"):
        return False
    return EMAIL.match(address) is not None


def normalise_phone(number: str, country: str = "+49") -> str:
    digits = re.sub(r"[^0-9+]", "", number)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif digits.startswith("0"):
        digits = country + digits[1:]
    if not 8 <= len(digits) <= 16:
        raise ValidationError("phone", number, "must have 7 to 15 digits")
    return digits


def unique(contacts: Iterable[Contact]) -> list[Contact]:
    seen: dict[str, Contact] = {}
    for contact in contacts:
        key = (contact.email or contact.name).lower()
        if key not in seen:
            seen[key] = contact
    return sorted(seen.values(), key=lambda item: item.name)
`;

export const typescript = `import { createHash } from 'node:crypto';
import type { Event, EventStore } from './event-store.ts';

export interface CacheOptions<Value> {
  readonly maxEntries?: number;
  readonly onEvict?: (key: string, value: Value) => void;
}

/** Keeps the most recently used values. */
export class LruCache<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #options: Required<CacheOptions<Value>>;

  constructor(options: CacheOptions<Value> = {}) {
    this.#options = { maxEntries: 100, onEvict: () => {}, ...options };
  }

  get(key: string): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    while (this.#entries.size > this.#options.maxEntries) {
      const [oldest] = this.#entries.keys();
      if (oldest === undefined) break;
      this.#options.onEvict(oldest, this.#entries.get(oldest) as Value);
      this.#entries.delete(oldest);
    }
  }
}

export async function replay(store: EventStore, taskId: string): Promise<readonly Event[]> {
  const events: Event[] = [];
  for await (const event of store.read({ taskId, afterSequence: 0 })) {
    if (events.at(-1)?.sequence === event.sequence) continue;
    events.push({ ...event, data: { ...event.data, seenAt: Date.now() } });
  }
  return events.filter(({ type }) => !['HEARTBEAT', 'PROGRESS'].includes(type));
}

const fingerprint = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);
export const isSame = (a: string, b: string): boolean => fingerprint(a) === fingerprint(b);
`;

/** Events as they stand in a log, with ids, hashes and times. */
export const json = Array.from({ length: 12 }, (_, index) =>
  JSON.stringify({
    id: `${hash(index).slice(0, 8)}-${hash(index).slice(8, 12)}-4${hash(index).slice(13, 16)}-a${hash(index).slice(17, 20)}-${hash(index).slice(20, 32)}`,
    taskId: `task-${hash(index + 100).slice(0, 12)}`,
    type: index % 2 ? 'CODE_GENERATED' : 'TEST_FAILED',
    sequence: 4_100 + index,
    version: index,
    timestamp: `2026-11-2${index % 10}T1${index % 10}:04:5${index % 10}.31${index % 10}Z`,
    vectorClock: { worker1: index * 3, worker2: 7 },
    data: {
      module: 'validators.py',
      codeHash: hash(index + 200),
      tests: [{ name: 'test_email_valid', status: 'passed', durationMs: 12.5 }],
      message: 'expected true to be false in validate_email("a@b")',
    },
  }),
).join('\n');

export const hashes = Array.from({ length: 24 }, (_, index) => hash(index)).join('\n');

/** Looks like SHA-256: a linear congruential generator is enough for that. */
function hash(seed: number): string {
  let state = seed * 2_654_435_761 + 12_345;
  let digits = '';
  while (digits.length < 64) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    digits += state.toString(16).padStart(8, '0');
  }
  return digits;
}

export const emoji =
  '🚀 ✅ 🎉 👍🏽 🐛 🔧 📦 ⚠️ ❌ 💡 👩‍💻 👨‍👩‍👧‍👦 🇩🇪 🇯🇵 ❤️ ☕️ 🏳️‍🌈 😀😂🤣😊😍🤔🙏🏿💪🏻✨⭐️🎂🧪🔒🗑️📈 '.repeat(
    6,
  );
