import { withoutComments } from '../code/without-comments.ts';
import type { DetailLevel } from '../nodes/cache-node.ts';
import { excerptOf } from './excerpt.ts';

/** What a level shows of the text behind a node; null where it shows none, or where there is none. */
export type ContentOf = (id: string, level: DetailLevel) => string | null;

/**
 * The contents of one answer: lines that name one of its words, code without its comments, whole texts.
 * Excerpts are made once.
 */
export function nodeContents(
  bodyOf: (id: string) => string | null,
  words: ReadonlySet<string>,
): ContentOf {
  const excerpts = new Map<string, string | null>();
  function excerpt(id: string, body: string): string | null {
    const known = excerpts.get(id);
    if (known !== undefined) return known;
    const made = excerptOf(withoutComments(body), words);
    excerpts.set(id, made);
    return made;
  }
  return (id, level) => {
    if (level !== 'excerpt' && level !== 'code' && level !== 'body') return null;
    const body = bodyOf(id);
    if (body === null || level === 'body') return body;
    return level === 'code' ? withoutComments(body) : excerpt(id, body);
  };
}
