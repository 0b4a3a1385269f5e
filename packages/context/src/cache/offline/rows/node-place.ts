import { keyWords, rowKey } from '../storage/row-keys.ts';

/** Where a node is kept. */
export interface NodePlace {
  readonly scope: string;
  readonly id: string;
}

/** One word for a node's place, the same for the same place. */
export function nameOfPlace({ scope, id }: NodePlace): string {
  return rowKey(scope, id);
}

/** The place that `nameOfPlace` named. */
export function placeNamed(name: string): NodePlace {
  const [scope = '', id = ''] = keyWords(name);
  return { scope, id };
}
