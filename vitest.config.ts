import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['packages/*', 'apps/*', 'examples', 'evals'],
    // Many tests wait for a process of their own; on two cores a third worker uses that time.
    maxWorkers: Math.max(3, availableParallelism()),
    coverage: { provider: 'v8', include: ['packages/*/src/**', 'apps/*/src/**'] },
  },
});
