import { defineConfig } from 'vitest/config';
import { sourceConditions } from './vitest.shared.ts';

/** Long fault and soak tests: seeded, counted, one file after another. */
export default defineConfig({
  ssr: { resolve: { conditions: sourceConditions } },
  test: {
    include: ['{packages,apps}/*/test/faults/**/*.test.ts'],
    fileParallelism: false,
    passWithNoTests: true,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
