import { z } from 'zod';
import { defineEvents, type EventOf, type NewEventOf } from '../event-catalog.ts';

/** The catalogue that the contract's cases append by: orders of a shop. */
export const contractEvents = defineEvents({
  ORDER_PLACED: z.object({ item: z.string(), quantity: z.number().int().min(1).default(1) }),
  ORDER_SHIPPED: z.object({ carrier: z.string() }),
  NOTE: z.any(),
});

export type ContractEvent = EventOf<typeof contractEvents>;
export type NewContractEvent = NewEventOf<typeof contractEvents>;

export function placed(item: string, rest: Partial<NewContractEvent> = {}): NewContractEvent {
  return { eventType: 'ORDER_PLACED', data: { item }, ...withoutPayload(rest) };
}

export function note(
  data: Readonly<Record<string, unknown>>,
  rest: Partial<NewContractEvent> = {},
): NewContractEvent {
  return { eventType: 'NOTE', data, ...withoutPayload(rest) };
}

function withoutPayload(rest: Partial<NewContractEvent>) {
  const { data: _data, eventType: _eventType, ...envelope } = rest;
  return envelope;
}
