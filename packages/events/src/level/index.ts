export {
  type LevelEventStore,
  type LevelEventStoreOptions,
  openLevelEventStore,
} from './open-level-event-store.ts';
export { readOwner, type StoreOwner } from './owner-file.ts';
