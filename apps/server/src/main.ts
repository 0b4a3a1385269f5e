#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Compiling is most of a start; from the second one on it is found done.
enableCompileCache();
await import('./run.ts');
