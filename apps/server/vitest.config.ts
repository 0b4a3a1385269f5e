import { defineConfig } from 'vitest/config';
import { sourceConditions, testOptions } from '../../vitest.shared.ts';

export default defineConfig({
  ssr: { resolve: { conditions: sourceConditions } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/faults/**'],
    ...testOptions,
    // Each starts processes, some three one after the other: slow where the machine does other things too.
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
