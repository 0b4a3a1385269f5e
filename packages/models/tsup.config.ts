import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    ollama: 'src/ollama/index.ts',
    testing: 'src/testing/index.ts',
    mistral: 'src/mistral/index.ts',
    huggingface: 'src/huggingface/index.ts',
  },
  format: ['esm', 'cjs'],
  dts: true,
  clean: true,
  target: 'node22',
});
