/**
 * Inside the workspace packages are read from their sources, so that tests need no build. What is installed
 * is read as Node reads it: without bundlers' `module`.
 */
export const sourceConditions = ['@org/source', 'node', 'development|production'];

/** In ms; for a machine that does other things too. What hangs still ends. */
export const testTimeout = 30_000;
