import { estimatingCounter } from '@org/models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidContextRequestError, NetworkedCache } from '../../src/index.ts';

const counter = estimatingCounter('other');

function chain(...ids: readonly string[]): NetworkedCache {
  const cache = new NetworkedCache();
  ids.forEach((id, index) => {
    const next = ids[index + 1];
    cache.addNode({
      id,
      type: 'module',
      summary: `What ${id} is for.`,
      dependencies: next === undefined ? [] : [next],
    });
  });
  return cache;
}

const idsOf = (context: { readonly nodes: readonly { readonly id: string }[] }) =>
  context.nodes.map(({ id }) => id);

describe('NetworkedCache', () => {
  it('gate 3.9: adding a node makes its edges; related context follows them two hops, within maxTokens: 1000', () => {
    const cache = chain('module:a', 'module:b', 'module:c', 'module:d');
    for (let i = 0; i < 200; i++) {
      cache.addNode({ id: `func:f${i}`, type: 'function', signature: `def f${i}(x: int) -> int` });
      cache.addEdge('module:b', `func:f${i}`, 'contains');
    }
    expect([...cache.edges()]).toContainEqual({
      source: 'module:a',
      target: 'module:b',
      kind: 'depends_on',
    });
    expect(cache.getNode('module:a')?.dependencies).toEqual(['module:b']);

    const related = cache.getRelatedContext('module:a', { maxTokens: 1000 });

    expect(idsOf(related).slice(0, 2)).toEqual(['module:a', 'module:b']);
    expect(idsOf(related)).toContain('module:c');
    expect(idsOf(related)).toContain('func:f10');
    expect(idsOf(related)).not.toContain('module:d');
    expect(related.tokens).toBe(counter.count(related.text));
    expect(related.tokens).toBeLessThanOrEqual(1000);
    expect(related.tokens).toBeGreaterThan(500);
    expect(related.dropped.length).toBeGreaterThan(0);
  });

  it('gate 3.10: A→B→C→A ends and is reported', () => {
    const cache = chain('module:a', 'module:b', 'module:c');
    cache.addEdge('module:c', 'module:a', 'depends_on');

    const related = cache.getRelatedContext('module:a', { depth: 3, maxTokens: 1000 });

    expect(idsOf(related).toSorted()).toEqual(['module:a', 'module:b', 'module:c']);
    expect(cache.findCycles()).toEqual([['module:a', 'module:b', 'module:c']]);
  });

  it('reports no cycle where there is none, and a node that needs itself', () => {
    const cache = chain('module:a', 'module:b');
    expect(cache.findCycles()).toEqual([]);
    cache.addEdge('module:b', 'module:b', 'references');
    expect(cache.findCycles()).toEqual([['module:b']]);
    expect(cache.findCycles({ kinds: ['depends_on'] })).toEqual([]);
  });

  it('walks at most three edges and refuses more', () => {
    const cache = chain('module:a', 'module:b', 'module:c', 'module:d', 'module:e');
    expect(idsOf(cache.getRelatedContext('module:a', { depth: 0, maxTokens: 500 }))).toEqual([
      'module:a',
    ]);
    expect(idsOf(cache.getRelatedContext('module:a', { depth: 3, maxTokens: 500 }))).toEqual([
      'module:a',
      'module:b',
      'module:c',
      'module:d',
    ]);
    expect(() => cache.getRelatedContext('module:a', { depth: 4, maxTokens: 500 })).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST' }),
    );
    expect(() => cache.getRelatedContext('module:a', { maxTokens: -1 })).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST' }),
    );
  });

  it('puts the nearer first, and among the equally near the more connected', () => {
    const cache = chain('module:a', 'module:lonely');
    cache.addEdge('module:a', 'module:hub', 'depends_on');
    cache.addNode({ id: 'module:hub', type: 'module', summary: 'Used by all.' });
    for (const id of ['module:x', 'module:y', 'module:z']) {
      cache.addNode({ id, type: 'module', dependencies: ['module:hub'] });
    }
    expect(idsOf(cache.getRelatedContext('module:a', { maxTokens: 500 })).slice(0, 3)).toEqual([
      'module:a',
      'module:hub',
      'module:lonely',
    ]);
  });

  it('keeps a placeholder for what is only referenced, until it arrives', () => {
    const cache = new NetworkedCache();
    cache.addNode({ id: 'module:a', type: 'module', dependencies: ['module:b'] });
    expect(cache.isPlaceholder('module:b')).toBe(true);
    expect(cache.getNode('module:b')).toBeUndefined();
    expect(cache.size).toEqual({ nodes: 1, edges: 1, placeholders: 1 });
    expect(idsOf(cache.getRelatedContext('module:a', { maxTokens: 100 }))).toEqual(['module:a']);

    cache.addNode({ id: 'module:b', type: 'module', summary: 'Arrived.' });
    expect(cache.isPlaceholder('module:b')).toBe(false);
    expect(cache.size).toEqual({ nodes: 2, edges: 1, placeholders: 0 });
  });

  it('leaves a placeholder where a removed node is still referenced, and nothing where it is not', () => {
    const cache = chain('module:a', 'module:b', 'module:c');
    cache.removeNode('module:b');
    expect(cache.isPlaceholder('module:b')).toBe(true);
    expect([...cache.edges()]).toEqual([
      { source: 'module:a', target: 'module:b', kind: 'depends_on' },
    ]);
    cache.removeNode('module:a');
    expect(cache.isPlaceholder('module:b')).toBe(false);
    expect(cache.size).toEqual({ nodes: 1, edges: 0, placeholders: 0 });
  });

  it('answers for a missing node with nothing, and stores orphans', () => {
    const cache = new NetworkedCache();
    cache.addNode({ id: 'concept:alone', type: 'concept', summary: 'No ties.' });
    expect(cache.getRelatedContext('module:no', { maxTokens: 100 })).toEqual({
      text: '',
      tokens: 0,
      nodes: [],
      dropped: [],
      missing: ['module:no'],
    });
    expect(idsOf(cache.getRelatedContext('concept:alone', { maxTokens: 100 }))).toEqual([
      'concept:alone',
    ]);
  });

  it('replaces a node in place: given edges are replaced, the rest stays', () => {
    const cache = chain('module:a', 'module:b');
    cache.addNode({ id: 'module:a', type: 'module', dependencies: ['module:c'] });
    expect(cache.getNode('module:a')).toMatchObject({
      summary: 'What module:a is for.',
      dependencies: ['module:c'],
    });
    cache.addNode({ id: 'module:a', type: 'module', summary: 'Changed.' });
    expect(cache.getNode('module:a')?.dependencies).toEqual(['module:c']);
  });

  it('keeps several kinds of edge between the same two nodes', () => {
    const cache = chain('module:a', 'module:b');
    cache.addEdge('module:a', 'module:b', 'tested_by');
    cache.removeEdge('module:a', 'module:b', 'depends_on');
    expect([...cache.edges()]).toEqual([
      { source: 'module:a', target: 'module:b', kind: 'tested_by' },
    ]);
    expect(cache.sources('module:b')).toEqual(['module:a']);
  });

  it('exports edges by source, target and kind', () => {
    const cache = new NetworkedCache();
    for (const kind of ['tested_by', 'references', 'contains', 'depends_on'] as const)
      for (const target of ['b', 'a']) cache.addEdge('c', target, kind);
    cache.addEdge('a', 'c', 'contains');
    const { edges } = cache.export();
    expect(edges.map(({ source, target, kind }) => `${source} ${target} ${kind}`)).toEqual([
      'a c contains',
      ...['a', 'b'].flatMap((target) =>
        ['contains', 'depends_on', 'references', 'tested_by'].map((kind) => `c ${target} ${kind}`),
      ),
    ]);
  });

  it('takes any id but an empty one', () => {
    const cache = new NetworkedCache();
    for (const add of [
      () => cache.addNode({ id: '', type: 'concept' }),
      () => cache.addNode({ id: 'module:a', type: 'module', dependencies: [''] }),
      () => cache.addEdge('module:a', '', 'contains'),
    ])
      expect(add).toThrow(InvalidContextRequestError);
    expect(cache.size).toEqual({ nodes: 0, edges: 0, placeholders: 0 });
    const odd = ['__proto__', 'constructor', 'toString', 'toString\0', '\ud800', '😀', 'a\nb'];
    for (const id of odd) cache.addNode({ id, type: 'concept', dependencies: odd });
    expect(cache.size).toEqual({ nodes: 7, edges: 49, placeholders: 0 });
    expect(cache.targets('__proto__')).toEqual(odd.toSorted());
    const exported = cache.export();
    expect(NetworkedCache.import(JSON.stringify(exported)).export()).toEqual(exported);
    for (const id of odd) cache.removeNode(id);
    expect(cache.size).toEqual({ nodes: 0, edges: 0, placeholders: 0 });
  });

  it('gives bodies by their lines', () => {
    const cache = new NetworkedCache();
    cache.setContent('storage://t/a.py', 'one\ntwo\nthree\nfour');
    cache.addNode({ id: 'func:f', type: 'function', fullContentRef: 'storage://t/a.py#L2-3' });
    expect(cache.body('func:f')).toBe('two\nthree');
    cache.deleteContent('storage://t/a.py');
    expect(cache.body('func:f')).toBeNull();
  });

  describe('retrieve', () => {
    it('reaches a fourth-degree relation that two hops do not', () => {
      const cache = chain('module:a', 'module:b', 'module:c', 'module:d', 'module:e');
      const two = cache.getRelatedContext('module:a', { depth: 2, maxTokens: 1000 });
      const ranked = cache.retrieve({ seeds: ['module:a'], maxTokens: 1000 });
      expect(idsOf(two)).not.toContain('module:e');
      expect(idsOf(ranked)).toContain('module:e');
    });

    it('starts at keyword hits where it has no seeds', () => {
      const cache = chain('module:a', 'module:b');
      cache.addNode({
        id: 'func:validate_email',
        type: 'function',
        signature: 'def validate_email(email: str) -> bool',
      });
      const found = cache.retrieve({ query: 'email validation', maxTokens: 30 });
      expect(idsOf(found)).toEqual(['func:validate_email']);
    });

    it('refuses weights and shares that are none', () => {
      const cache = chain('module:a', 'module:b');
      for (const weight of [-1, Number.NaN, Number.POSITIVE_INFINITY])
        expect(() =>
          cache.retrieve({ seeds: [{ id: 'module:a', weight }], maxTokens: 100 }),
        ).toThrow(/weight of module:a/);
      for (const bodyShare of [-0.1, 1.1, Number.NaN])
        expect(() => cache.retrieve({ seeds: ['module:a'], maxTokens: 100, bodyShare })).toThrow(
          /bodyShare/,
        );
    });

    it('names seeds that are not there and goes on without them', () => {
      const cache = chain('module:a', 'module:b');
      const found = cache.retrieve({ seeds: ['module:no', 'module:a'], maxTokens: 500 });
      expect(found.missing).toEqual(['module:no']);
      expect(idsOf(found)).toContain('module:a');
    });

    it('leaves out what the caller shows itself, yet searches from it', () => {
      const cache = chain('module:a', 'module:b');
      const found = cache.retrieve({ seeds: ['module:a'], exclude: ['module:a'], maxTokens: 500 });
      expect(idsOf(found)).toEqual(['module:b']);
    });

    it('shows bodies as long as their share of the tokens lasts, and none when it is 0', () => {
      const cache = new NetworkedCache();
      const body = (n: number) => `def f${n}(x):\n${`    use(${n}, x)\n`.repeat(20)}`;
      for (let n = 0; n < 30; n++) {
        cache.setContent(`storage://t/${n}.py`, body(n));
        cache.addNode({
          id: `func:f${n}`,
          type: 'function',
          signature: `def f${n}(x)`,
          fullContentRef: `storage://t/${n}.py`,
          dependencies: [`func:f${n + 1}`],
        });
      }
      const bodies = (bodyShare: number) =>
        cache
          .retrieve({ seeds: ['func:f0'], maxTokens: 2_000, bodyShare })
          .nodes.filter(({ level }) => level === 'body').length;
      expect(bodies(0)).toBe(0);
      expect(bodies(0.5)).toBeGreaterThan(1);
      expect(bodies(0.9)).toBeGreaterThan(bodies(0.5));
    });

    /** `queue.ts`, which declares `addJob`, and modules that hold much and use it in one line. */
    function users(count: number): NetworkedCache {
      const cache = new NetworkedCache();
      cache.addNode({ id: 'module:queue.ts', type: 'module' });
      cache.addNode({ id: 'func:addJob', type: 'function', signature: 'addJob(job)' });
      cache.addEdge('module:queue.ts', 'func:addJob', 'contains');
      for (let n = 0; n < count; n++) {
        const ref = `storage://t/user${n}.ts`;
        const rest = Array.from({ length: 60 }, (_, i) => `  // step ${i}\n  work${n}(${i});`);
        cache.setContent(ref, `function use${n}() {\n${rest.join('\n')}\n  addJob(job${n});\n}`);
        cache.addNode({
          id: `module:user${n}.ts`,
          type: 'module',
          name: `user${n}.ts`,
          signature: `Uses ${n}.`,
          fullContentRef: ref,
          dependencies: ['func:addJob'],
        });
        cache.addNode({
          id: `func:use${n}`,
          type: 'function',
          name: `use${n}`,
          signature: `use${n}()`,
          fullContentRef: `${ref}#L1-123`,
        });
        cache.addEdge(`module:user${n}.ts`, `func:use${n}`, 'contains');
      }
      return cache;
    }
    const ownOfQueue = ['module:queue.ts', 'func:addJob'];

    it('shows of modules the lines that name what the seeds declare, where there is no room for all of them', () => {
      const found = users(6).retrieve({
        seeds: ownOfQueue,
        exclude: ownOfQueue,
        maxTokens: 1_500,
        bodyShare: 0.65,
      });
      for (let n = 0; n < 6; n++) expect(found.text).toContain(`addJob(job${n});`);
      const levels = found.nodes.filter(({ id }) => id.startsWith('module:'));
      expect(levels.filter(({ level }) => level === 'excerpt').length).toBeGreaterThan(1);
      expect(levels.find(({ level }) => level === 'excerpt')?.text).toMatch(
        /^```\n…\n {2}addJob\(job\d\);\n…\n```$/,
      );
    });

    it('shows the lines that name a word of the query', () => {
      const { text } = users(6).retrieve({
        seeds: ['module:queue.ts'],
        exclude: ownOfQueue,
        query: 'why does work3 wait',
        maxTokens: 1_500,
        bodyShare: 0.65,
      });
      expect(text).toContain('work3(59);');
    });

    it('leaves out comments where they would take the room of other code, and shows them where they do not', () => {
      const cache = users(2);
      const ask = (maxTokens: number) =>
        cache.retrieve({ seeds: ownOfQueue, exclude: ownOfQueue, maxTokens, bodyShare: 0.9 });
      const small = ask(1_100);
      expect(small.text).toContain('work0(30);');
      expect(small.text).toContain('work1(30);');
      expect(small.text).not.toContain('// step 30');
      expect(small.nodes.filter(({ level }) => level === 'code')).toHaveLength(2);
      const large = ask(10_000);
      expect(large.text.match(/\/\/ step 30/g)).toHaveLength(2);
    });

    it('says code once: what a module holds takes no room beside the whole module', () => {
      const found = users(2).retrieve({
        seeds: ownOfQueue,
        exclude: ownOfQueue,
        maxTokens: 10_000,
      });
      expect(idsOf(found).toSorted()).toEqual(['module:user0.ts', 'module:user1.ts']);
      expect(found.text.match(/use0\(\)/g)).toHaveLength(1);
      expect(found.dropped).toEqual([]);
    });

    it('what changed together with the seeds comes before what did not, the newest change first', () => {
      const cache = new NetworkedCache();
      for (const name of ['old', 'start', 'recent', 'never'])
        cache.addNode({ id: `module:${name}`, type: 'module', signature: `Is ${name}.` });
      for (const [sequence, other] of [
        [1, 'old'],
        [2, 'recent'],
      ] as const) {
        const summary = `Change ${sequence}`;
        const references = ['module:start', `module:${other}`];
        cache.addNode({
          id: `concept:${other}`,
          type: 'concept',
          name: other,
          summary,
          sequence,
          references,
        });
      }
      cache.addEdge('module:start', 'module:never', 'references');
      const found = cache.retrieve({
        seeds: ['module:start'],
        exclude: ['module:start'],
        types: ['module'],
        maxTokens: 500,
      });
      expect(idsOf(found)).toEqual(['module:recent', 'module:old', 'module:never']);
    });

    it('finds the tests of a question among any number of better matches', () => {
      const cache = new NetworkedCache();
      for (let n = 0; n < 40; n++) {
        const signature = `function throttle${n}(throttle, limit)`;
        cache.addNode({ id: `func:throttle${n}`, type: 'function', signature });
      }
      for (const name of ['colours', 'rate-and-throttle', 'shapes'])
        cache.addNode({
          id: `test:tests/${name}.test.ts`,
          type: 'test',
          summary: `Tests ${'many other things '.repeat(20)}`,
        });
      const { text } = cache.retrieve({ query: 'throttle limit', maxTokens: 200 });
      expect(text).toContain('tests/rate-and-throttle.test.ts');
      expect(text).not.toContain('tests/shapes.test.ts');
    });

    it('spends bodies on code, not on whole test files', () => {
      const cache = new NetworkedCache();
      for (const [id, type] of [
        ['func:f', 'function'],
        ['test:f.test.ts', 'test'],
      ] as const) {
        cache.setContent(`storage://t/${type}`, `body of ${type}`);
        cache.addNode({ id, type, fullContentRef: `storage://t/${type}`, summary: 'f' });
      }
      const { text } = cache.retrieve({ query: 'f test', seeds: ['func:f'], maxTokens: 5_000 });
      expect(text).toContain('body of function');
      expect(text).toContain('f.test.ts');
      expect(text).not.toContain('body of test');
    });

    it('shows long signatures brief, and prefers several short ones to a long one of the same worth', () => {
      const cache = new NetworkedCache();
      cache.addNode({ id: 'module:m', type: 'module' });
      const long = `const table = { ${'key: "value", '.repeat(30)}}`;
      cache.addNode({ id: 'const:a_long', type: 'concept', name: 'a_long', signature: long });
      cache.addEdge('module:m', 'const:a_long', 'contains');
      for (let n = 0; n < 4; n++) {
        cache.addNode({ id: `func:f${n}`, type: 'function', signature: `f${n}()` });
        cache.addEdge('module:m', `func:f${n}`, 'contains');
      }
      const ask = (maxTokens: number) =>
        cache.retrieve({ seeds: ['module:m'], exclude: ['module:m'], maxTokens, bodyShare: 0 });
      expect(idsOf(ask(75)).toSorted()).toEqual(['func:f0', 'func:f1', 'func:f2', 'func:f3']);
      const shown = ask(500).nodes.find(({ id }) => id === 'const:a_long')?.text ?? '';
      expect(shown.length).toBeGreaterThan(100);
      expect(shown.length).toBeLessThanOrEqual(160);
    });

    it('says what a module is for, not the names that it offers', () => {
      const cache = new NetworkedCache();
      const summary = 'Keeps time. Offers tick, tock.';
      cache.addNode({ id: 'module:a', type: 'module', summary, signature: 'Keeps time.' });
      cache.addNode({ id: 'module:b', type: 'module', summary: 'Offers tack.', signature: '' });
      const { text } = cache.retrieve({ seeds: ['module:a', 'module:b'], maxTokens: 100 });
      expect(text).toBe('## a\nKeeps time.');
    });

    it('does not spend tokens on modules that have nothing to say', () => {
      const cache = new NetworkedCache();
      for (let n = 0; n < 50; n++) {
        cache.addNode({ id: `module:m${n}.py`, type: 'module', dependencies: ['module:m0.py'] });
        cache.addNode({ id: `func:f${n}`, type: 'function', signature: `def f${n}(x)` });
        cache.addEdge(`module:m${n}.py`, `func:f${n}`, 'contains');
      }
      const { nodes } = cache.retrieve({ seeds: ['module:m0.py'], maxTokens: 300 });
      expect(nodes.length).toBeGreaterThan(10);
      expect(nodes.every(({ id }) => id.startsWith('func:'))).toBe(true);
    });
  });

  describe('for any graph', () => {
    const id = fc.integer({ min: 0, max: 14 }).map((n) => `func:n${n}`);
    const kind = fc.constantFrom('contains', 'depends_on', 'tested_by', 'references' as const);
    const graphs = fc.record({
      nodes: fc.array(fc.record({ id, summary: fc.lorem({ maxCount: 30 }) })),
      edges: fc.array(fc.tuple(id, id, kind)),
    });
    type Parts = typeof graphs extends fc.Arbitrary<infer Value> ? Value : never;

    function build({ nodes, edges }: Parts): NetworkedCache {
      const cache = new NetworkedCache();
      for (const node of nodes) cache.addNode({ ...node, type: 'function' });
      for (const [source, target, edgeKind] of edges) cache.addEdge(source, target, edgeKind);
      return cache;
    }

    it('never exceeds maxTokens, and shows each node once', () => {
      fc.assert(
        fc.property(graphs, fc.nat(300), fc.nat(3), (parts, maxTokens, depth) => {
          const cache = build(parts);
          for (const found of [
            cache.getRelatedContext('func:n0', { depth, maxTokens }),
            cache.retrieve({ seeds: ['func:n0'], query: 'dolor sit', maxTokens }),
          ]) {
            expect(counter.count(found.text)).toBeLessThanOrEqual(maxTokens);
            expect(found.tokens).toBe(counter.count(found.text));
            expect(new Set(idsOf(found)).size).toBe(found.nodes.length);
          }
        }),
      );
    });

    it('export and import give the same bytes, and the same answers', () => {
      fc.assert(
        fc.property(graphs, (parts) => {
          const cache = build(parts);
          const bytes = JSON.stringify(cache.export());
          const copy = NetworkedCache.import(bytes);
          expect(JSON.stringify(copy.export())).toBe(bytes);
          const ask = { seeds: ['func:n1'], query: 'amet', maxTokens: 120 };
          expect(copy.retrieve(ask)).toEqual(cache.retrieve(ask));
          expect(copy.findCycles()).toEqual(cache.findCycles());
        }),
      );
    });

    it('the export does not depend on the order of arrival', () => {
      fc.assert(
        fc.property(graphs, (parts) => {
          const unique = [...new Map(parts.nodes.map((node) => [node.id, node])).values()];
          const forward = build({ nodes: unique, edges: parts.edges });
          const backward = build({
            nodes: unique.toReversed(),
            edges: parts.edges.toReversed(),
          });
          expect(JSON.stringify(backward.export())).toBe(JSON.stringify(forward.export()));
        }),
      );
    });
  });

  it('refuses what is no export', () => {
    for (const bad of ['{', { format: 2 }, null, { format: 1, sequence: 0, nodes: [{}] }]) {
      expect(() => NetworkedCache.import(bad)).toThrow(
        expect.objectContaining({ code: 'INVALID_EXPORT' }),
      );
    }
  });
});
