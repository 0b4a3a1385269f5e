import type { EventStoreOptions } from '../store/create-event-store.ts';
import { appendCases } from './append-cases.ts';
import { clockCases } from './clock-cases.ts';
import type {
  ContractCapabilities,
  ContractCase,
  ContractFactory,
  StoreCase,
} from './contract-backend.ts';
import { contractEvents } from './contract-catalog.ts';
import { idempotencyCases } from './idempotency-cases.ts';
import { readCases } from './read-cases.ts';
import { subscribeCases } from './subscribe-cases.ts';
import { transferCases } from './transfer-cases.ts';
import { validationCases } from './validation-cases.ts';

/**
 * What every `EventStore` has to do, as named cases for any test runner.
 *
 * ```ts
 * for (const { name, run } of eventStoreContract(factory, { durable: true })) test(name, run);
 * ```
 */
export function eventStoreContract(
  factory: ContractFactory,
  capabilities: ContractCapabilities,
): readonly ContractCase[] {
  const cases = [
    ...appendCases,
    ...idempotencyCases,
    ...validationCases,
    ...clockCases,
    ...readCases,
    ...subscribeCases,
    ...transferCases(factory),
  ];
  return cases.map(([name, body, options]) => ({
    name,
    run: () => runCase(factory, capabilities, body, options),
  }));
}

async function runCase(
  factory: ContractFactory,
  { durable }: ContractCapabilities,
  body: StoreCase[1],
  options: EventStoreOptions = {},
): Promise<void> {
  const { reopen, ...subject } = await factory({ ...options, catalog: contractEvents });
  if (durable && reopen === undefined) {
    throw new TypeError('A durable backend has to give `reopen`');
  }
  try {
    await body(subject.store, durable && reopen ? { ...subject, reopen } : subject);
  } finally {
    await subject.dispose();
  }
}
