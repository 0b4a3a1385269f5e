import { edgeKinds } from '../nodes/edge-kinds.ts';
import { retrievalWeights } from './retrieval-weights.ts';

/** How much of a walker goes along an edge, and against it, by the bits of its kinds: as its strongest kind has it. */
export const forwardWeights = weightsBySet('forward');
export const backwardWeights = weightsBySet('backward');

function weightsBySet(direction: 'forward' | 'backward'): Float64Array {
  return Float64Array.from({ length: 1 << edgeKinds.length }, (_, kinds) =>
    edgeKinds.reduce(
      (most, kind, bit) =>
        (kinds & (1 << bit)) === 0 ? most : Math.max(most, retrievalWeights.walk[kind][direction]),
      0,
    ),
  );
}
