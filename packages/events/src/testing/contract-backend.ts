import type { EventStoreOptions } from '../store/create-event-store.ts';
import type { EventStore } from '../store/event-store.ts';
import type { EventTransfer } from '../store/event-transfer.ts';
import type { ContractEvent, contractEvents, NewContractEvent } from './contract-catalog.ts';

/** A store over `contractEvents`. */
export type ContractStore = EventStore<ContractEvent, NewContractEvent> & EventTransfer;

/** An empty store of the backend under test, and what the cases do with it besides using it. */
export interface ContractSubject {
  readonly store: ContractStore;
  /** Opens the same storage again, after the store was closed. Only with `capabilities.durable`. */
  readonly reopen?: () => Promise<ContractStore>;
  /** Closes what is open and removes what is stored. */
  readonly dispose: () => Promise<void>;
}

/** Makes a new, empty store with these options. Its catalogue has to be `contractEvents`. */
export type ContractFactory = (
  options: EventStoreOptions & { readonly catalog: typeof contractEvents },
) => Promise<ContractSubject>;

export interface ContractCapabilities {
  /** What is acknowledged is there after a reopen. */
  readonly durable: boolean;
}

/** One sentence of the contract. */
export interface ContractCase {
  readonly name: string;
  /** Rejects (`AssertionError` of `node:assert`) when the backend breaks it. */
  readonly run: () => Promise<void>;
}

/** A case that is given a new store, which is disposed of after it. */
export type StoreCase = readonly [
  name: string,
  body: (store: ContractStore, subject: ContractSubject) => Promise<void>,
  options?: EventStoreOptions,
];
