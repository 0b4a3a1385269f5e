#!/usr/bin/env node
// An older Node cannot even load what is named from here.
import module from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `org-server needs Node 22.18 or newer; this is v${process.versions.node}.\n`,
  );
  process.exit(3);
}

// Compiling is most of a start; from the second one on it is found done. This one file is never found, so it
// is JavaScript: for a single TypeScript file Node would load its compiler each time (18 MB).
module.enableCompileCache();
await import('./run.ts');
