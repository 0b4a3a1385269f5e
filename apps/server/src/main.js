#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Compiling is most of a start; from the second one on it is found done. This one file is never found, so it
// is JavaScript: for a single TypeScript file Node would load its compiler each time (18 MB).
enableCompileCache();
await import('./run.ts');
