/** Inside the workspace packages are read from their sources, so that tests need no build. */
export const sourceConditions = ['@org/source', 'module', 'node', 'development|production'];
