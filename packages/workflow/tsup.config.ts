import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    sandbox: 'src/sandbox/index.ts',
    testing: 'src/testing/index.ts',
  },
  format: ['esm', 'cjs'],
  dts: true,
  clean: true,
  target: 'node22',
  // CommonJS has its own name for it.
  esbuildOptions(options, { format }) {
    if (format === 'cjs')
      options.define = { ...options.define, 'import.meta.filename': '__filename' };
  },
});
