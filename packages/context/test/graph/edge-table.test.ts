import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EdgeTable, type Placed } from '../../src/graph/nodes/edge-table.ts';
import { NetworkedCache } from '../../src/index.ts';

interface Edge extends Placed {
  readonly source: number;
  readonly target: number;
}

const change = fc.record({
  add: fc.boolean(),
  source: fc.nat(2),
  target: fc.nat(2),
  kinds: fc.integer({ min: 1, max: 15 }),
});

describe('EdgeTable', () => {
  it('holds what was added and not removed, whatever the order, with its kinds', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60, size: 'max' }), (changes) => {
        const table = new EdgeTable<Edge>();
        const expected = new Map<string, { readonly edge: Edge; readonly kinds: number }>();
        for (const { add, source, target, kinds } of changes) {
          const key = `${source} ${target}`;
          const present = expected.get(key);
          if (!add) {
            if (present !== undefined) table.remove(present.edge);
            expected.delete(key);
          } else if (present === undefined) {
            const edge = { place: -1, source, target };
            table.add(edge, { source, target, kinds });
            expected.set(key, { edge, kinds });
          } else {
            table.setKinds(present.edge, kinds);
            expected.set(key, { edge: present.edge, kinds });
          }
        }
        const { sources, targets, kinds } = table.columns();
        const held = Array.from(sources, (source, e) => `${source} ${targets[e]} ${kinds[e]}`);
        const wanted = [...expected].map(([key, one]) => `${key} ${one.kinds}`);
        expect(held.toSorted()).toEqual(wanted.toSorted());
        expect(new Set(table)).toEqual(new Set([...expected.values()].map(({ edge }) => edge)));
        for (const { edge, kinds: own } of expected.values()) expect(table.kindsOf(edge)).toBe(own);
      }),
    );
  });
});

describe('ranking after nodes and edges went', () => {
  it('is that of a graph that never had them', () => {
    const id = fc.nat(11).map((n) => `n${n}`);
    const edge = fc.tuple(id, id, fc.constantFrom('contains' as const, 'references' as const));
    fc.assert(
      fc.property(
        fc.array(edge, { maxLength: 40 }),
        fc.array(edge, { maxLength: 20 }),
        fc.array(id, { maxLength: 4 }),
        (edges, gone, removed) => {
          const cache = new NetworkedCache();
          for (let n = 0; n < 12; n++) cache.addNode({ id: `n${n}`, type: 'module' });
          for (const one of [...edges, ...gone]) cache.addEdge(...one);
          cache.addEdge('n0', 'nowhere', 'references');
          cache.rank();
          cache.removeEdge('n0', 'nowhere', 'references');
          for (const one of gone) cache.removeEdge(...one);
          for (const one of removed) cache.removeNode(one);
          const options = { seeds: ['n3'], limit: 20 };
          const fresh = NetworkedCache.import(cache.export());
          expect(cache.rank(options)).toEqual(fresh.rank(options));
          expect(cache.size).toEqual(fresh.size);
          expect(cache.getRelatedContext('n5', { maxTokens: 500 })).toEqual(
            fresh.getRelatedContext('n5', { maxTokens: 500 }),
          );
        },
      ),
    );
  });
});
