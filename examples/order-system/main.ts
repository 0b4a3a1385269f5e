/**
 * A small order system: its own event types, a durable store, decisions on state, a projection
 * with a checkpoint, a live subscription, and an export that is read back.
 *
 *   node --conditions=@org/source examples/order-system/main.ts
 *
 * It checks itself and exits with 1 when anything is not as it should be.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryEventStore, fromJSON, isEventsError } from '@org/events';
import { openLevelEventStore } from '@org/events/level';
import { orderOf } from './order.ts';
import { type OrderEvent, orderEvents } from './order-events.ts';
import { updateTurnover } from './turnover.ts';

const path = await mkdtemp(join(tmpdir(), 'orders-'));
try {
  {
    const store = await openLevelEventStore({ path, catalog: orderEvents });

    // Follow everything as it happens, until six events have come.
    const seen: string[] = [];
    const watching = (async () => {
      for await (const message of store.subscribe()) {
        if (message.kind === 'caught-up') continue;
        const { sequence, taskId, eventType } = message.event;
        if (seen.push(`${sequence} ${taskId} ${eventType}`) === 6) break;
      }
    })();

    const placed = await store.append(
      'order-1',
      {
        eventType: 'ORDER_PLACED',
        data: { customer: 'Ada', lines: [{ sku: 'engine', count: 2, cents: 1_500 }] },
      },
      { expectedVersion: 'no-stream' },
    );
    const [placement] = placed.events;
    assert(placement);

    // Decide on what is known; append only if nothing has happened meanwhile.
    const order = orderOf(await store.getEvents('order-1'));
    assert.deepEqual(order, { status: 'placed', customer: 'Ada', dueCents: 3_000, paidCents: 0 });
    await store.append(
      'order-1',
      { eventType: 'PAYMENT_RECEIVED', data: { cents: order.dueCents } },
      { expectedVersion: placed.version, process: 'payments', causedBy: placement.eventId },
    );
    const conflict = await store
      .append(
        'order-1',
        { eventType: 'ORDER_CANCELLED', data: { reason: 'too late' } },
        { expectedVersion: placed.version },
      )
      .catch((error: unknown) => error);
    assert(isEventsError(conflict, 'VERSION_CONFLICT'));
    assert.equal(conflict.actual, 2);

    // What does not fit its schema is refused, with the path of the fault, before it is stored.
    const invalid = await store
      .append('order-1', { eventType: 'PAYMENT_RECEIVED', data: { cents: -1 } })
      .catch((error: unknown) => error);
    assert(isEventsError(invalid, 'INVALID_PAYLOAD'));
    assert.equal(invalid.issues[0]?.path, 'data.cents');

    // Two orders at once, all or nothing.
    await store.appendMany([
      {
        taskId: 'order-1',
        events: [{ eventType: 'ORDER_SHIPPED', data: { parcel: 'P-1' } }],
        expectedVersion: 2,
      },
      {
        taskId: 'order-2',
        events: [
          {
            eventType: 'ORDER_PLACED',
            data: { customer: 'Grace', lines: [{ sku: 'compiler', count: 1, cents: 999 }] },
          },
          { eventType: 'PAYMENT_RECEIVED', data: { cents: 500 } },
        ],
        expectedVersion: 'no-stream',
      },
    ]);
    assert.deepEqual(await updateTurnover(store), { Ada: 3_000, Grace: 500 });

    // A retry with the same event id is stored once.
    const payment = {
      eventId: '01890a5d-ac96-774b-bcce-b302099a8057',
      eventType: 'PAYMENT_RECEIVED',
      data: { cents: 499, method: 'cash' },
    } as const;
    const first = await store.append('order-2', payment);
    const retry = await store.append('order-2', payment);
    assert.equal(retry.deduplicated, true);
    assert.deepEqual(retry.events, first.events);

    await watching;
    assert.deepEqual(seen, [
      '1 order-1 ORDER_PLACED',
      '2 order-1 PAYMENT_RECEIVED',
      '3 order-1 ORDER_SHIPPED',
      '4 order-2 ORDER_PLACED',
      '5 order-2 PAYMENT_RECEIVED',
      '6 order-2 PAYMENT_RECEIVED',
    ]);
    await store.close();
  }

  // Another day: everything is still there, and the projection goes on where it stopped.
  const store = await openLevelEventStore({ path, catalog: orderEvents });
  assert.equal(orderOf(await store.getEvents('order-1')).status, 'shipped');
  assert.equal(orderOf(await store.getEvents('order-2')).status, 'paid');
  assert.deepEqual(await updateTurnover(store), { Ada: 3_000, Grace: 999 });
  assert.equal((await store.readCheckpoint('turnover'))?.sequence, 6);

  // What leaves can come back: the copy has the same events, and the same hash over all of them.
  const copy = createMemoryEventStore(orderEvents);
  const imported = await copy.importEvents(store.exportEvents());
  assert.equal(imported, 6);
  assert.deepEqual(await all(copy.read()), await all(store.read()));
  assert.deepEqual(await copy.head(), await store.head());

  // An event written when amounts were still in euros is brought up to cents as it is read.
  const old = { taskId: 'order-3', sequence: 7, version: 1, timestamp: '2020-02-02T02:02:02.000Z' };
  const eventId = '01700000-0000-7000-8000-000000000000';
  const inEuros = { eventType: 'PAYMENT_RECEIVED', schemaVersion: 1, data: { euros: 12.34 } };
  await copy.importEvents([fromJSON({ ...old, eventId, ...inEuros })]);
  const [upcast] = await copy.getEvents('order-3');
  assert.deepEqual(upcast?.data, { cents: 1_234, method: 'card' });

  await copy.close();
  await store.close();
  console.log(
    '6 events of 2 orders: appended, followed, projected, reopened, exported. All as it should be.',
  );
} finally {
  await rm(path, { recursive: true });
}

async function all(events: AsyncIterable<OrderEvent>): Promise<readonly OrderEvent[]> {
  const found: OrderEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}
