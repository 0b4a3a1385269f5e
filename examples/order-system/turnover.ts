import type { EventStore } from '@org/events';
import type { OrderEvent } from './order-events.ts';

/** Cents paid per customer, over all orders. */
export type Turnover = Readonly<Record<string, number>>;

interface TurnoverState {
  readonly byCustomer: Turnover;
  /** Whose order it is: payments do not say. */
  readonly customers: Readonly<Record<string, string>>;
}

const checkpointName = 'turnover';

/**
 * Brings the turnover up to date: goes on where it stopped, in this run or an earlier one.
 *
 * State and position are written in one batch, so no payment counts twice or not at all.
 */
export async function updateTurnover(store: EventStore<OrderEvent>): Promise<Turnover> {
  const checkpoint = await store.readCheckpoint(checkpointName);
  // What this function wrote, or nothing yet.
  let state = (checkpoint?.state ?? { byCustomer: {}, customers: {} }) as TurnoverState;
  let sequence = checkpoint?.sequence ?? 0;
  const types: readonly OrderEvent['eventType'][] = ['ORDER_PLACED', 'PAYMENT_RECEIVED'];
  for await (const event of store.read({ afterSequence: sequence, eventTypes: types })) {
    state = count(state, event);
    sequence = event.sequence;
  }
  if (sequence > (checkpoint?.sequence ?? 0)) {
    await store.writeCheckpoint({ name: checkpointName, sequence, state });
  }
  return state.byCustomer;
}

function count(state: TurnoverState, event: OrderEvent): TurnoverState {
  if (event.eventType === 'ORDER_PLACED') {
    return { ...state, customers: { ...state.customers, [event.taskId]: event.data.customer } };
  }
  if (event.eventType !== 'PAYMENT_RECEIVED') return state;
  const customer = state.customers[event.taskId] ?? 'unknown';
  const cents = (state.byCustomer[customer] ?? 0) + event.data.cents;
  return { ...state, byCustomer: { ...state.byCustomer, [customer]: cents } };
}
