import { defineEvents, type EventOf } from '@org/events';
import { z } from 'zod';

const line = z.object({
  sku: z.string().min(1),
  count: z.number().int().positive(),
  cents: z.number().int().min(0),
});

/** Everything that can happen to an order. */
export const orderEvents = defineEvents({
  ORDER_PLACED: z.object({ customer: z.string().min(1), lines: z.array(line).min(1) }),
  // Version 1 had amounts in euros; whatever is read has them in cents.
  PAYMENT_RECEIVED: {
    schemaVersion: 2,
    data: z.object({ cents: z.number().int().positive(), method: z.string().default('card') }),
    upcast: {
      1: ({ euros, method }: { euros: number; method?: string }) => ({
        cents: Math.round(euros * 100),
        ...(method === undefined ? {} : { method }),
      }),
    },
  },
  ORDER_SHIPPED: z.object({ parcel: z.string() }),
  ORDER_CANCELLED: z.object({ reason: z.string() }),
});

export type OrderEvent = EventOf<typeof orderEvents>;
