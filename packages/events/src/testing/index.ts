export type {
  ContractCapabilities,
  ContractCase,
  ContractFactory,
  ContractStore,
  ContractSubject,
} from './contract-backend.ts';
export { contractEvents } from './contract-catalog.ts';
export { eventStoreContract } from './event-store-contract.ts';
