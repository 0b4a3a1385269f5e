import { type Event, type EventStore, isEventsError, type NewEvent } from '@org/events';
import { z } from 'zod';
import { taskSummary } from '../wire/index.ts';

type Store = EventStore<Event, NewEvent>;

/** A checkpoint of the task index, as it was found. */
interface Stored<State> {
  /** The next one may not be before it; 0: there is none, or it is damaged and may be replaced by any. */
  readonly sequence: number;
  /** Undefined: there is nothing that can be read, it is to be made anew from the log. */
  readonly state: State | undefined;
}

/** The checkpoint that holds the list of pages. */
export const listName = 'api.task-index';
/** The checkpoint that holds a page. */
export const pageName = (number: number) => `${listName}.page-${number}`;

const storedList = z.object({
  pages: z.array(z.object({ first: z.int(), count: z.int() })),
});
const storedPage = z.object({
  entries: z.array(
    z.object({
      taskId: z.string(),
      createdSequence: z.int(),
      sequence: z.int(),
      summarySequence: z.int(),
      summary: taskSummary.house.nullable(),
    }),
  ),
});

/** @throws what the store throws, but for damage: a store that is closed tells nothing of what is stored */
export const readStoredList = (store: Store) => readStored(store, listName, storedList);

/** @throws what the store throws, but for damage */
export const readStoredPage = (store: Store, number: number) =>
  readStored(store, pageName(number), storedPage);

async function readStored<State>(
  store: Store,
  name: string,
  schema: z.ZodType<State>,
): Promise<Stored<State>> {
  const checkpoint = await store.readCheckpoint(name).catch(noneIfDamaged);
  return {
    sequence: checkpoint?.sequence ?? 0,
    state: schema.safeParse(checkpoint?.state).data,
  };
}

function noneIfDamaged(error: unknown): undefined {
  if (!isEventsError(error, 'INTEGRITY')) throw error;
}
