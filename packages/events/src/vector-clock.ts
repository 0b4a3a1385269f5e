/** How many events of each process are known: `{ planner: 3, worker: 1 }`. A missing process counts as 0. */
export type VectorClock = Readonly<Record<string, number>>;
