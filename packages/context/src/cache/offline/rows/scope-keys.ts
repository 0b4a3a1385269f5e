import { rowKey } from '../storage/row-keys.ts';

export const infoKey = (scope: string) => rowKey('scope', scope);
export const graphKey = (scope: string, bucket: number) => rowKey('graph', scope, String(bucket));
export const wordKey = (scope: string, bucket: number) => rowKey('words', scope, String(bucket));
export const textsKey = (scope: string) => rowKey('texts', scope);
export const vectorKey = (scope: string, bucket: number) =>
  rowKey('vectors', scope, String(bucket));

/** Whether a row holds vectors, by its key. */
export function isVectorKey(key: string): boolean {
  return key.startsWith('vectors/');
}
