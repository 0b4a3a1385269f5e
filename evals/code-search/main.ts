// Finds Python functions for real web queries, without embeddings.
//
//   node --conditions=@org/source evals/code-search/main.ts QUERIES.json CODE_INDEX.txt
//
// The files are those of the CoSQA retrieval split: queries with `doc`, `code` and `retrieval_idx`, and a
// JSON object from each function's code to its index. Neither is part of this repository.
import { readFile } from 'node:fs/promises';
import { loadCodeParser, NetworkedCache, parseCode } from '@org/context';
import { z } from 'zod';
import { KeywordIndex } from '../../packages/context/src/graph/words/keyword-index.ts';

const [queriesPath, codesPath] = process.argv.slice(2);
if (queriesPath === undefined || codesPath === undefined) {
  console.error('Give the queries (JSON) and the code index (JSON).');
  process.exit(2);
}

const querySchema = z.array(z.object({ doc: z.string(), retrieval_idx: z.number() }));
const queries = querySchema.parse(JSON.parse(await readFile(queriesPath, 'utf8')));
const codes = Object.entries(
  z.record(z.string(), z.number()).parse(JSON.parse(await readFile(codesPath, 'utf8'))),
);
await loadCodeParser();

const whole = index(codes.map(([code, id]) => [id, code]));
const stripped = index(codes.map(([code, id]) => [id, withoutDocstrings(code)]));
const nodes = nodeSearch();
console.log(`${queries.length} queries, ${codes.length} functions`);
console.log(`${''.padEnd(34)}MRR@10   recall@10`);
const results = {
  'whole code': measure((query) => idsOf(whole.search(query, { limit: 10 }))),
  'whole code, no docstrings': measure((query) => idsOf(stripped.search(query, { limit: 10 }))),
  'nodes (name, signature, doc)': measure((query) => idsOf(nodes.search(query, { limit: 10 }))),
};
for (const [name, { mrr, recall }] of Object.entries(results))
  console.log(`${name.padEnd(34)}${mrr.toFixed(3)}    ${recall.toFixed(3)}`);

const goal = 0.342;
const mrr = results['whole code'].mrr;
console.log(
  JSON.stringify({
    eval: 'code-search',
    results: Object.fromEntries(
      Object.entries(results).map(([name, result]) => [name, Number(result.mrr.toFixed(4))]),
    ),
    goals: { 'whole code': { atLeast: goal } },
    missed: mrr >= goal ? [] : ['whole code'],
  }),
);

function index(texts: readonly (readonly [number, string])[]): KeywordIndex {
  const made = new KeywordIndex();
  for (const [id, text] of texts) made.set(String(id), text);
  return made;
}

/** The functions as the cache would hold them. */
function nodeSearch(): NetworkedCache {
  const cache = new NetworkedCache();
  for (const [code, id] of codes) {
    const [found] = parseCode(code, 'python').functions;
    cache.addNode({
      id: String(id),
      type: 'function',
      name: found?.name ?? '',
      signature: found?.signature ?? null,
      summary: found?.doc ?? '',
    });
  }
  return cache;
}

function measure(search: (query: string) => readonly string[]): {
  readonly mrr: number;
  readonly recall: number;
} {
  let reciprocal = 0;
  let found = 0;
  for (const { doc, retrieval_idx: wanted } of queries) {
    const rank = search(doc).indexOf(String(wanted));
    if (rank < 0) continue;
    reciprocal += 1 / (rank + 1);
    found += 1;
  }
  return { mrr: reciprocal / queries.length, recall: found / queries.length };
}

function idsOf(hits: readonly { readonly id: string }[]): readonly string[] {
  return hits.map(({ id }) => id);
}

function withoutDocstrings(code: string): string {
  return code.replace(/("""|''')[\s\S]*?\1/g, '');
}
