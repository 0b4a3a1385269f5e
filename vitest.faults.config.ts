import { defineConfig } from 'vitest/config';
import { sourceConditions } from './vitest.shared.ts';

/** Long fault and soak tests: seeded, counted. They wait for disks and processes half of the time: two files at once. */
export default defineConfig({
  ssr: { resolve: { conditions: sourceConditions } },
  test: {
    include: ['{packages,apps}/*/test/faults/**/*.test.ts'],
    maxWorkers: 2,
    passWithNoTests: true,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
