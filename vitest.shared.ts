/**
 * Inside the workspace packages are read from their sources, so that tests need no build. What is installed
 * is read as Node reads it: without bundlers' `module`.
 */
export const sourceConditions = ['@org/source', 'node', 'development|production'];
