export {
  type LevelEventStore,
  type LevelEventStoreOptions,
  openLevelEventStore,
} from './open-level-event-store.ts';
export { readOwner, type StoreOwner } from './owner-file.ts';
export { type RepairOptions, type RepairReport, repairLevelEventStore } from './repair.ts';
export type { VerifyReport } from './verify/verify-log.ts';
