import { type Projection, rebuild } from '@org/events';
import type { OrderEvent } from './order-events.ts';

/** One order as its events tell it. */
export interface Order {
  readonly status: 'unknown' | 'placed' | 'paid' | 'shipped' | 'cancelled';
  readonly customer: string | null;
  readonly dueCents: number;
  readonly paidCents: number;
}

/** Pure: the same events always give the same order. */
export const orderProjection: Projection<Order, OrderEvent> = {
  initialState: { status: 'unknown', customer: null, dueCents: 0, paidCents: 0 },
  evolve(order, event) {
    switch (event.eventType) {
      case 'ORDER_PLACED': {
        const dueCents = event.data.lines.reduce((sum, line) => sum + line.count * line.cents, 0);
        return { ...order, status: 'placed', customer: event.data.customer, dueCents };
      }
      case 'PAYMENT_RECEIVED': {
        const paidCents = order.paidCents + event.data.cents;
        return { ...order, paidCents, status: paidCents >= order.dueCents ? 'paid' : order.status };
      }
      case 'ORDER_SHIPPED':
        return { ...order, status: 'shipped' };
      case 'ORDER_CANCELLED':
        return { ...order, status: 'cancelled' };
      default:
        return order;
    }
  },
};

/** The order that these events tell. */
export function orderOf(events: Iterable<OrderEvent>): Order {
  return rebuild(orderProjection, events);
}
