import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { main: 'src/main.js' },
  format: ['esm'],
  sourcemap: true,
  clean: true,
  target: 'node22',
});
