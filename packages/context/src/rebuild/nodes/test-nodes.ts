import type { Event } from '@org/events';
import { languageOf } from '../../graph/code/language-of.ts';
import { sortedUnique } from '../../graph/code/source-text.ts';
import type { NetworkedCache } from '../../graph/networked-cache.ts';
import { parseOnce } from './parse-once.ts';
import { storageRef } from './storage-ref.ts';
import { touchNode } from './touched-node.ts';

/** A test as it is written in a file: its name, and the words in it that could name what it tests. */
export interface WrittenTest {
  readonly name: string;
  readonly uses: readonly string[];
}

/** Brings the node of a test file to its content, and says which modules it imports by its `references`. */
export function writeTestFile(
  cache: NetworkedCache,
  file: {
    readonly event: Event;
    readonly path: string;
    readonly content: string;
    readonly origin: 'given' | 'generated' | 'rewritten';
  },
): void {
  const { event, path, content, origin } = file;
  const id = `test:${path}`;
  const former = cache.peek(id)?.fullContentRef ?? null;
  const version = origin === 'given' ? 0 : event.codeVersion;
  const ref = storageRef({ taskId: event.taskId, path, version });
  if (former !== null && former !== ref) cache.deleteContent(former);
  cache.setContent(ref, content);
  const tests = testsIn(path, content);
  touchNode(cache, event, {
    id,
    type: 'test',
    name: path,
    // The names of its tests stand in its summary; its own is enough to find it.
    signature: '',
    summary:
      tests.length === 0
        ? ''
        : `Tests ${tests.map(({ name }) => name).join(', ')}.`.slice(0, 1_000),
    fullContentRef: ref,
    metadata: { kind: 'file', origin },
  });
}

/** The tests that a file holds. */
export function testsIn(path: string, content: string): readonly WrittenTest[] {
  const language = languageOf(path);
  if (language === null) return [];
  if (language === 'python')
    return parseOnce(content, language)
      .functions.filter(({ name }) => /(^|\.)test/i.test(name))
      .map(({ name, uses }) => ({ name: name.slice(name.lastIndexOf('.') + 1), uses }));
  const starts = [
    ...content.matchAll(/\b(?:it|test)(?:\.\w+)*\s*\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g),
  ];
  return starts.map((start, index) => {
    const text = content.slice(start.index, starts[index + 1]?.index ?? content.length);
    const words = [...text.matchAll(/[\p{L}_$][\p{L}\p{N}_$]*/gu)].map(([word]) => word);
    return { name: start[2] ?? '', uses: sortedUnique(words) };
  });
}
