import type { ParsedModule } from '../../graph/code/parsed-module.ts';
import { cutAt, onOneLine } from '../../graph/code/source-text.ts';
import type { NetworkedCache } from '../../graph/networked-cache.ts';
import type { CacheNode } from '../../graph/nodes/cache-node.ts';
import { jsonText } from './json-text.ts';

/** Keeps a summary below 500 tokens of any model. */
export const summaryLength = 1_400;

/**
 * What a module is for and how it stands, from what events and its code say: prose that was written for
 * it, else the plan's purpose, else the comment that heads the file; then what it offers and its tests.
 */
export function moduleSummary(
  cache: NetworkedCache,
  id: string,
  parsed: Pick<ParsedModule, 'exports'> | null,
): Pick<CacheNode, 'summary' | 'signature' | 'metadata'> {
  const node = cache.peek(id);
  const known = node?.metadata ?? {};
  const exports = parsed?.exports ?? known.exports;
  const purpose = onOneLine(
    jsonText(known.prose) || jsonText(known.purpose) || jsonText(known.doc),
  );
  const offers =
    Array.isArray(exports) && exports.length > 0 ? `Offers ${exports.join(', ')}.` : '';
  const parts = [purpose === '' ? '' : ended(purpose), cutAt(offers, 500), testLine(known)];
  return {
    summary: cutAt(parts.filter(Boolean).join(' '), summaryLength),
    signature: purpose === '' ? '' : cutAt(ended(purpose), 240),
    metadata: { ...known, ...(parsed === null ? {} : { exports: parsed.exports.slice() }) },
  };
}

function testLine(known: CacheNode['metadata']): string {
  const { tests, iterations, status, codeVersion } = known;
  const run =
    tests !== null && typeof tests === 'object' && 'total' in tests
      ? `${Number(tests.passed)}/${Number(tests.total)} tests passed`
      : '';
  const standing = [
    jsonText(status),
    typeof codeVersion === 'number' && codeVersion > 0 ? `v${codeVersion}` : '',
    run,
    typeof iterations === 'number' && iterations > 0 ? `${iterations} iterations` : '',
  ].filter(Boolean);
  return standing.length === 0 ? '' : `Status: ${standing.join(', ')}.`;
}

function ended(sentence: string): string {
  return /[.!?…]$/.test(sentence) ? sentence : `${sentence}.`;
}
