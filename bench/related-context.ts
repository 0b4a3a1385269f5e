/**
 * Ranking and related context of a NetworkedCache, beside typed arrays (the limit) and graphology-metrics.
 *
 * A graph like that of a code base: 4 edges for each node, some nodes that many point to. Ranking means
 * PageRank of all nodes by a cache that has just changed, so that it builds its arrays anew; the limit does
 * the same from an edge list of numbers, with the same weights, and must give the same scores.
 * graphology-metrics walks directed, unweighted edges: its scores are others, its work is not more.
 * A whole context: personalised ranking, keyword search, choice and text of 4 000 tokens, nothing changed
 * since. OfflineCache: search, load, save and ranking of a task of 10 000 nodes, without embeddings.
 *
 * Not measured: parsing code, embeddings, graphs that do not fit into memory.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { NetworkedCache, OfflineCache } from '@org/context';
import graphology from 'graphology';
import metrics from 'graphology-metrics';
import { conclude, type Goal, interleave, median } from './harness.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const rounds = values.quick ? 5 : 11;

interface EdgeList {
  readonly nodes: number;
  readonly sources: Uint32Array;
  readonly targets: Uint32Array;
}

const ratios: Record<string, number> = {};
const goals: Record<string, Goal> = {};

for (const nodes of [10_000, 100_000]) await rank(nodes);
await wholeContext();
await offline();
conclude('related-context', ratios, goals);

async function rank(nodes: number): Promise<void> {
  const edges = edgeList(nodes);
  const cache = cacheOf(edges);
  const graph = new graphology.DirectedGraph();
  for (let i = 0; i < nodes; i++) graph.addNode(String(i));
  for (let e = 0; e < edges.sources.length; e++)
    graph.mergeEdge(String(edges.sources[e]), String(edges.targets[e]));

  const limit = limitRanking(edges);
  const ours = new Map(cache.rank({ limit: nodes }).map(({ id, score }) => [id, score]));
  for (const i of [0, 1, 17, nodes - 1]) {
    const [expected, actual] = [limit[i] ?? 0, ours.get(`n${i}`) ?? 0];
    if (Math.abs(expected - actual) > 1e-6 * expected)
      throw new Error(`node ${i}: ${actual} instead of ${expected}`);
  }
  const times = await interleave(
    [
      {
        name: 'typed arrays, built anew',
        run: () => {
          limitRanking(edges);
        },
      },
      {
        name: 'NetworkedCache, changed',
        run: () => {
          cache.addEdge('n0', 'n1', 'references');
          cache.removeEdge('n0', 'n1', 'references');
          cache.rank({ limit: 100 });
        },
      },
      {
        name: 'graphology-metrics',
        run: () => {
          metrics.centrality.pagerank(graph, {
            getEdgeWeight: null,
            maxIterations: 100,
            tolerance: 1e-6,
          });
        },
      },
    ],
    { rounds: nodes > 50_000 ? Math.ceil(rounds / 2) : rounds, warmUps: 2 },
  );
  const ms = (name: string) => times.get(name)?.wallMs ?? Number.NaN;
  console.log(`\nPageRank of ${nodes} nodes, ${edges.sources.length} edges`);
  for (const [name, time] of times) console.log(`${name.padEnd(28)}${time.wallMs.toFixed(2)} ms`);
  const size = `${nodes / 1_000}k`;
  ratios[`ranking / typed arrays, ${size}`] =
    ms('NetworkedCache, changed') / ms('typed arrays, built anew');
  goals[`ranking / typed arrays, ${size}`] = { atMost: 6 };
  ratios[`graphology-metrics / ranking, ${size}`] =
    ms('graphology-metrics') / ms('NetworkedCache, changed');
  goals[`graphology-metrics / ranking, ${size}`] = { atLeast: 5 };
}

async function wholeContext(): Promise<void> {
  for (const nodes of [10_000, 100_000]) {
    const cache = cacheOf(edgeList(nodes));
    const times: { readonly retrieve: number; readonly related: number }[] = [];
    for (let round = 0; round < 5 * rounds; round++) {
      const seed = `n${(round * 7_919) % nodes}`;
      const start = performance.now();
      const found = cache.retrieve({
        seeds: [seed],
        query: 'token budget parse',
        maxTokens: 4_000,
      });
      const middle = performance.now();
      const near = cache.getRelatedContext(seed, { maxTokens: 4_000 });
      times.push({ retrieve: middle - start, related: performance.now() - middle });
      if (found.tokens > 4_000 || found.tokens < 3_000 || near.nodes.length < 3)
        throw new Error(`a context of ${found.tokens} and ${near.tokens} tokens`);
    }
    const warm = times.slice(rounds);
    const retrieve = median(warm.map((time) => time.retrieve));
    const related = median(warm.map((time) => time.related));
    console.log(`\nA context of 4 000 tokens from ${nodes} nodes`);
    console.log(`retrieve                    ${retrieve.toFixed(2)} ms`);
    console.log(`getRelatedContext           ${related.toFixed(2)} ms`);
    ratios[`ms of retrieve, ${nodes / 1_000}k`] = retrieve;
    ratios[`ms of getRelatedContext, ${nodes / 1_000}k`] = related;
  }
  goals['ms of retrieve, 10k'] = { atMost: 10 };
  goals['ms of getRelatedContext, 10k'] = { atMost: 10 };
}

async function offline(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-related-'));
  const cache = await OfflineCache.open({ path: join(folder, 'memory') });
  const graph = cacheOf(edgeList(10_000, 2));
  const bytes = graph.export();
  const taken = new Map<string, number[]>();
  const timed = async (name: string, run: () => Promise<unknown>) => {
    const start = performance.now();
    await run();
    taken.set(name, [...(taken.get(name) ?? []), performance.now() - start]);
  };
  for (let round = 0; round < rounds; round++) {
    const fresh = NetworkedCache.import(bytes);
    await timed('save', () => cache.save(fresh, { scope: `task-${round}` }));
    await timed('load', () => cache.load(`task-${round}`));
    await timed('search', () =>
      cache.searchSemantic('validate the email', { scope: `task-${round}` }),
    );
    await timed('rank', async () => graph.rank({ seeds: [`n${round}`] }));
    await cache.delete(`task-${round}`);
  }
  await cache.close();
  await rm(folder, { recursive: true, force: true });
  console.log('\nOfflineCache, a task of 10 000 nodes and 20 000 edges');
  for (const [name, times] of taken) {
    const ms = median(times);
    console.log(`${name.padEnd(28)}${ms.toFixed(2)} ms`);
    ratios[`ms of ${name}, 10k`] = ms;
    goals[`ms of ${name}, 10k`] = { atMost: 100 };
  }
}

/** Four edges for each node; a tenth of them go to one of a hundred hubs. */
function edgeList(nodes: number, perNode = 4): EdgeList {
  const next = randomOf(7);
  const pairs = new Set<number>();
  while (pairs.size < nodes * perNode) {
    const source = Math.floor(next() * nodes);
    const target = next() < 0.1 ? Math.floor(next() * 100) : Math.floor(next() * nodes);
    if (source !== target) pairs.add(source * nodes + target);
  }
  const all = [...pairs];
  return {
    nodes,
    sources: Uint32Array.from(all, (pair) => Math.floor(pair / nodes)),
    targets: Uint32Array.from(all, (pair) => pair % nodes),
  };
}

function cacheOf({ nodes, sources, targets }: EdgeList): NetworkedCache {
  const parts =
    'email phone validate user store cache index graph token budget parse write file test'.split(
      ' ',
    );
  const next = randomOf(11);
  const words = parts.flatMap((one) => parts.map((other) => `${one}${other}`)).concat(parts);
  const cache = new NetworkedCache();
  for (let i = 0; i < nodes; i++) {
    const summary = Array.from({ length: 12 }, () => words[Math.floor(next() * words.length)]);
    cache.addNode({
      id: `n${i}`,
      type: 'function',
      signature: `function handle${i}(input: string, size: number): boolean`,
      summary: summary.join(' '),
    });
  }
  for (let e = 0; e < sources.length; e++)
    cache.addEdge(`n${sources[e]}`, `n${targets[e]}`, 'depends_on');
  return cache;
}

// Every read below is inside its array.
/** PageRank over typed arrays, built from the edge list: each edge 1 forward and 0.1 backward. */
function limitRanking({ nodes, sources, targets }: EdgeList): Float64Array {
  const offsets = new Uint32Array(nodes + 1);
  const edges = sources.length;
  for (let e = 0; e < edges; e++) {
    offsets[(sources[e] as number) + 1] = (offsets[(sources[e] as number) + 1] as number) + 1;
    offsets[(targets[e] as number) + 1] = (offsets[(targets[e] as number) + 1] as number) + 1;
  }
  for (let i = 0; i < nodes; i++)
    offsets[i + 1] = (offsets[i + 1] as number) + (offsets[i] as number);
  const at = offsets.slice(0, nodes);
  const to = new Uint32Array(2 * edges);
  const shares = new Float64Array(2 * edges);
  for (let e = 0; e < edges; e++) {
    const [source, target] = [sources[e] as number, targets[e] as number];
    const [out, back] = [at[source] as number, at[target] as number];
    to[out] = target;
    shares[out] = 1;
    at[source] = out + 1;
    to[back] = source;
    shares[back] = 0.1;
    at[target] = back + 1;
  }
  for (let i = 0; i < nodes; i++) {
    let sum = 0;
    for (let e = offsets[i] as number; e < (offsets[i + 1] as number); e++)
      sum += shares[e] as number;
    for (let e = offsets[i] as number; e < (offsets[i + 1] as number); e++)
      shares[e] = (shares[e] as number) / sum;
  }
  let scores = new Float64Array(nodes).fill(1 / nodes);
  let next = new Float64Array(nodes);
  for (let round = 0; round < 30; round++) {
    let stuck = 0;
    for (let i = 0; i < nodes; i++) if (offsets[i] === offsets[i + 1]) stuck += scores[i] as number;
    next.fill((0.15 + 0.85 * stuck) / nodes);
    for (let i = 0; i < nodes; i++) {
      const score = 0.85 * (scores[i] as number);
      for (let e = offsets[i] as number; e < (offsets[i + 1] as number); e++)
        next[to[e] as number] = (next[to[e] as number] as number) + score * (shares[e] as number);
    }
    let change = 0;
    for (let i = 0; i < nodes; i++)
      change = Math.max(change, Math.abs((next[i] as number) - (scores[i] as number)));
    [scores, next] = [next, scores];
    if (change <= 1e-6) break;
  }
  return scores;
}

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
