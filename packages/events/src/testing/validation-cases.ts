import assert from 'node:assert/strict';
import { createEvent } from '../create-event.ts';
import { collect } from './collect.ts';
import type { ContractStore, StoreCase } from './contract-backend.ts';
import { note, placed } from './contract-catalog.ts';

const now = Date.parse('2026-11-23T10:00:00.000Z');

/** Values that are no plain JSON, by the path at which they stand. */
function notJson(): readonly (readonly [path: string, data: Record<string, unknown>])[] {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  return [
    ['data.modules[2].fn', { modules: [1, 2, { fn: () => 1 }] }],
    ['data.s', { s: Symbol('s') }],
    ['data.n', { n: 1n }],
    ['data.u', { u: undefined }],
    ['data.list[1]', { list: [1, undefined] }],
    ['data.x', { x: Number.NaN }],
    ['data.x', { x: Number.POSITIVE_INFINITY }],
    ['data.when', { when: new Date(0) }],
    ['data.map', { map: new Map() }],
    ['data.set', { set: new Set() }],
    ['data["two words"]', { 'two words': new (class Thing {})() }],
    ['data.self', cycle],
  ];
}

async function* firstOf(messages: ReturnType<ContractStore['subscribe']>) {
  for await (const message of messages) {
    if (message.kind === 'event') yield message.event;
    return;
  }
}

/** The rules of each field of an event. */
export const validationCases: readonly StoreCase[] = [
  [
    'event ids are UUIDs of version 7 that rise, unless the caller brings one',
    async (store) => {
      const { events } = await store.append('a', [placed('x'), placed('y')]);
      const ids = events.map((event) => event.eventId);
      for (const eventId of ids)
        assert.match(eventId, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/);
      assert.deepEqual(ids.toSorted(), ids);
      const eventId = '7f4df4f0-3f5f-4a5b-9c46-0123456789ab';
      const given = await store.append('a', placed('z', { eventId }));
      assert.equal(given.events[0]?.eventId, eventId);
    },
  ],
  [
    'an event id that is null, empty or malformed is refused',
    async (store) => {
      for (const eventId of [null, '', 'abc', '7f4df4f0-3f5f-4a5b-9c46-0123456789a', 7]) {
        const event = { ...placed('x'), eventId: eventId as string };
        await assert.rejects(store.append('a', event), { code: 'INVALID_EVENT', path: 'eventId' });
      }
    },
  ],
  [
    'a task id that is blank, has blanks at an end or more than 256 characters is refused',
    async (store) => {
      for (const taskId of ['', '   ', ' a', 'a ', '\ta', 'a\n', null as unknown as string]) {
        const refused = store.append(taskId, placed('x'));
        await assert.rejects(refused, { code: 'INVALID_EVENT', path: 'taskId' });
      }
      await store.append('x'.repeat(256), placed('x'));
      await assert.rejects(store.append('x'.repeat(257), placed('x')), /limit is 256/);
      await assert.rejects(store.append('x'.repeat(1_000), placed('x')), /1000.*limit is 256/);
      await assert.rejects(store.append('\ud800', placed('x')), { path: 'taskId' });
    },
  ],
  [
    'a task id is NFC-normalised and otherwise never altered',
    async (store) => {
      await store.append('cafe\u0301', placed('x'));
      await store.append('caf\u00e9', placed('y'));
      const events = await store.getEvents('cafe\u0301');
      assert.deepEqual(
        events.map(({ taskId, version }) => [taskId, version]),
        [
          ['caf\u00e9', 1],
          ['caf\u00e9', 2],
        ],
      );
    },
  ],
  [
    'no two task ids collide, whatever characters they are made of',
    async (store) => {
      const ids = [
        'a',
        'A',
        'a/b',
        'a%2Fb',
        'a\\b',
        'a\u0000b',
        'a\u0001b',
        'a!b',
        'a!',
        '!',
        'a b',
        'a\tb',
        '..',
        '.',
        '%',
        '%25',
        '__proto__',
        'constructor',
        'é',
        'ﬁ',
        'fi',
        '日本',
        '🙂',
        '🙂\u200d',
        '\u202ea',
        'e',
        'c',
        '1',
        '01',
      ];
      for (const taskId of ids) await store.append(taskId, note({ taskId }));
      for (const taskId of ids) {
        const events = await store.getEvents(taskId);
        assert.deepEqual(
          events.map(({ data }) => data),
          [{ taskId }],
        );
        assert.equal((await store.taskHead(taskId))?.version, 1);
      }
    },
  ],
  [
    'an unknown event type is refused',
    async (store) => {
      const event = { eventType: 'ORDER_EATEN', data: {} } as never;
      await assert.rejects(store.append('a', event), { code: 'UNKNOWN_EVENT_TYPE' });
    },
  ],
  [
    'a payload that its schema refuses names the field; defaults are filled in',
    async (store) => {
      const event = { eventType: 'ORDER_PLACED', data: { item: 7 } } as never;
      await assert.rejects(store.append('a', event), { code: 'INVALID_PAYLOAD' });
      await assert.rejects(store.append('a', event), /data\.item/);
      const { events } = await store.append('a', placed('x'));
      assert.deepEqual(events[0]?.data, { item: 'x', quantity: 1 });
    },
  ],
  [
    'a timestamp is given in UTC with milliseconds; an offset is normalised',
    async (store) => {
      const { events } = await store.append('a', [
        placed('x'),
        placed('y', { timestamp: '2026-11-23T11:30:00+02:00' }),
        placed('z', { timestamp: '2026-11-23T09:00:00.5Z' }),
      ]);
      assert.deepEqual(
        events.map((event) => event.timestamp),
        ['2026-11-23T10:00:00.000Z', '2026-11-23T09:30:00.000Z', '2026-11-23T09:00:00.500Z'],
      );
    },
    { now: () => now },
  ],
  [
    'a malformed timestamp is refused',
    async (store) => {
      const malformed = [
        '',
        'yesterday',
        '2026-11-23',
        '2026-02-30T10:00:00Z',
        '2026-13-01T10:00:00Z',
        '2026-11-23T10:00:00',
        '2026-11-23T25:00:00Z',
        null,
        5,
      ];
      for (const timestamp of malformed) {
        const event = { ...placed('x'), timestamp: timestamp as string };
        await assert.rejects(store.append('a', event), {
          code: 'INVALID_EVENT',
          path: 'timestamp',
        });
      }
    },
    { now: () => now },
  ],
  [
    'a timestamp more than maxClockSkewMs ahead is refused on append, up to it accepted',
    async (store) => {
      await store.append('a', placed('x', { timestamp: '2026-11-23T10:00:05.000Z' }));
      const ahead = placed('x', { timestamp: '2026-11-23T10:00:05.001Z' });
      await assert.rejects(store.append('a', ahead), { path: 'timestamp' });
    },
    { now: () => now },
  ],
  [
    'maxClockSkewMs may be set: 0 takes nothing that is later than now',
    async (store) => {
      await store.append('a', placed('x', { timestamp: '2026-11-23T10:00:00.000Z' }));
      const ahead = placed('x', { timestamp: '2026-11-23T10:00:00.001Z' });
      await assert.rejects(store.append('a', ahead), /more than 0 ms later/);
    },
    { now: () => now, maxClockSkewMs: 0 },
  ],
  [
    'codeHash, causationId, correlationId: a string or null, null by default; anything else is refused',
    async (store) => {
      const fields = ['codeHash', 'causationId', 'correlationId'] as const;
      for (const field of fields) {
        for (const value of [7, true, {}, ['x'], '']) {
          const event = { ...placed('x'), [field]: value };
          await assert.rejects(store.append('a', event), { code: 'INVALID_EVENT', path: field });
        }
      }
      const given = { codeHash: 'ab'.repeat(32), causationId: 'cause', correlationId: 'talk' };
      const { events } = await store.append('a', [
        placed('x', given),
        placed('y', { codeHash: null, causationId: null, correlationId: null }),
        placed('z'),
      ]);
      const [said, nulled, unsaid] = events.map((event) => fields.map((field) => event[field]));
      assert.deepEqual(said, Object.values(given));
      assert.deepEqual(nulled, [null, null, null]);
      assert.deepEqual(unsaid, [null, null, null]);
    },
  ],
  [
    'codeVersion, schemaVersion: negative or fractional is refused',
    async (store) => {
      for (const codeVersion of [-1, 1.5, Number.NaN, '1' as unknown as number]) {
        await assert.rejects(store.append('a', placed('x', { codeVersion })), {
          path: 'codeVersion',
        });
      }
      for (const schemaVersion of [0, -1, 1.5]) {
        await assert.rejects(store.append('a', note({}, { schemaVersion })), {
          path: 'schemaVersion',
        });
      }
      const { events } = await store.append(
        'a',
        placed('x', { codeVersion: 3, codeHash: 'ab'.repeat(32) }),
      );
      assert.equal(events[0]?.codeVersion, 3);
      assert.equal(events[0]?.codeHash, 'ab'.repeat(32));
    },
  ],
  [
    'data that is no plain JSON is refused with its path',
    async (store) => {
      for (const [path, data] of notJson()) {
        await assert.rejects(store.append('a', note(data)), { code: 'INVALID_EVENT', path });
      }
      for (const data of [null, [], 'text', 7, undefined]) {
        const event = { eventType: 'NOTE', data } as never;
        await assert.rejects(store.append('a', event), { code: 'INVALID_EVENT', path: 'data' });
      }
      assert.equal((await store.head()).sequence, 0);
    },
  ],
  [
    '{} is valid data',
    async (store) => {
      const { events } = await store.append('a', note({}));
      assert.deepEqual(events[0]?.data, {});
    },
  ],
  [
    '__proto__ and friends are plain keys, harmless, and come back',
    async (store) => {
      const data = JSON.parse(
        '{"__proto__":{"polluted":true},"constructor":{"prototype":1},"toString":"x","hasOwnProperty":0,"__defineGetter__":[]}',
      );
      await store.append('__proto__', note(data));
      const [event] = await store.getEvents('__proto__');
      assert.equal(JSON.stringify(event?.data), JSON.stringify(data));
      assert.equal(Object.hasOwn(event?.data, '__proto__'), true);
      assert.equal(Reflect.get({}, 'polluted'), undefined);
    },
  ],
  [
    'data of more than 1 MB and of 10 MB works',
    async (store) => {
      for (const size of [1_100_000, 10_000_000]) {
        const text = 'x'.repeat(size);
        await store.append('large', note({ text }));
        assert.equal((await store.getEvents('large')).at(-1)?.data.text.length, size);
      }
    },
  ],
  [
    'data above maxDataBytes is refused with size and limit',
    async (store) => {
      const refused = store.append('a', note({ text: 'é'.repeat(500) }));
      await assert.rejects(refused, { code: 'EVENT_TOO_LARGE', size: 1_011, limit: 1_000 });
      await store.append('a', note({ text: 'é'.repeat(490) }));
    },
    { maxDataBytes: 1_000 },
  ],
  [
    'data may have 16 MiB by default, and not one byte more',
    async (store) => {
      const limit = 16_777_216;
      const largest = limit - '{"text":""}'.length;
      // Made as the store makes it, and not stored: 10 MB are, above.
      createEvent('a', note({ text: 'x'.repeat(largest) }));
      const larger = store.append('a', note({ text: 'x'.repeat(largest + 1) }));
      await assert.rejects(larger, { code: 'EVENT_TOO_LARGE', size: limit + 1, limit });
    },
  ],
  [
    'an event is deeply immutable: any write throws',
    async (store) => {
      const given = { list: [{ deep: 1 }], map: { key: 'value' } };
      const { events } = await store.append('a', note(given, { vectorClock: { p: 1 } }));
      const read = await store.getEvents('a');
      const iterated = await collect(store.read());
      const byId = await store.getEvent(events[0]?.eventId ?? '');
      const [followed] = await collect(firstOf(store.subscribe()));
      for (const event of [events[0], read[0], iterated[0], byId, followed]) {
        assert.ok(event);
        const writes = [
          () => Object.assign(event, { sequence: 9 }),
          () => Object.assign(event, { extra: 1 }),
          () => Object.assign(event.data, { list: [] }),
          () => event.data.list.push(1),
          () => Object.assign(event.data.list[0], { deep: 2 }),
          () => Object.assign(event.data.map, { other: 1 }),
          () => Object.assign(event.vectorClock, { p: 2 }),
          () => Reflect.deleteProperty(event, 'data') || assert.fail('deleted nothing'),
        ];
        for (const write of writes) assert.throws(write);
      }
      given.list.push({ deep: 2 });
      assert.equal((await store.getEvents('a'))[0]?.data.list.length, 1);
    },
  ],
  [
    'what is read is equal to what append gave',
    async (store) => {
      const { events } = await store.append('a', [
        placed('x', {
          codeVersion: 2,
          codeHash: 'cd'.repeat(32),
          correlationId: 'conversation "1"',
        }),
        note({
          nested: { list: [1, 'two', null, true, 1e300, -0.5, ''], empty: {} },
          text: '\u2028\ud83d\ude42 \ud800',
        }),
      ]);
      assert.deepEqual(await store.getEvents('a'), events);
      assert.deepEqual(await collect(store.read()), events);
    },
  ],
];
