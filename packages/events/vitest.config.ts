import { defineConfig } from 'vitest/config';
import { quickEnvironment, sourceConditions, testTimeout } from '../../vitest.shared.ts';

export default defineConfig({
  ssr: { resolve: { conditions: sourceConditions } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/faults/**'],
    testTimeout,
    env: quickEnvironment(),
  },
});
