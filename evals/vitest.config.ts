import { defineConfig } from 'vitest/config';
import { sourceConditions, testOptions } from '../vitest.shared.ts';

export default defineConfig({
  ssr: { resolve: { conditions: sourceConditions } },
  test: { include: ['test/**/*.test.ts'], ...testOptions },
});
