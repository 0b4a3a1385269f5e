/** The house rules of ARCHITECTURE.md: arrows point down only, packages of one row never meet. */
const layers = {
  events: [],
  models: [],
  orchestrator: [],
  context: ['events', 'models'],
  workflow: ['context', 'orchestrator', 'models', 'events'],
  api: ['events'],
};

const downwardOnly = Object.entries(layers).map(([name, below]) => ({
  name: `${name}-looks-down-only`,
  comment: `@org/${name} may import ${below.map((b) => `@org/${b}`).join(', ') || 'no package of ours'}.`,
  severity: 'error',
  from: { path: `^packages/${name}/` },
  to: { path: `^(packages/(?!(${[name, ...below].join('|')})/)|apps/)` },
}));

/** Folders inside a package that are built on each other, the lowest first; what uses them stands beside them. */
const floors = {
  'packages/context/src/cache/offline': ['storage', 'rows', 'scopes', 'search'],
  'packages/context/src/graph': ['code', 'nodes', 'ranking', 'words', 'retrieval'],
  'packages/context/src/rebuild': ['nodes', 'fold'],
  'packages/context/src/builder': ['pieces'],
};

const floorsDownwardOnly = Object.entries(floors).flatMap(([base, folders]) =>
  folders.map((folder, floor) => ({
    name: `${base.split('/').at(-1)}-${folder}-looks-down-only`,
    comment: `Of ${base}, ${folder}/ may import ${folders.slice(0, floor).join(', ') || 'none of the others'}.`,
    severity: 'error',
    from: { path: `^${base}/${folder}/` },
    to: { path: `^${base}/(?!(${folders.slice(0, floor + 1).join('|')})/)` },
  })),
);

module.exports = {
  forbidden: [
    ...downwardOnly,
    ...floorsDownwardOnly,
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'events-core-runs-anywhere',
      comment: 'Only level/, testing/ and cli/ of @org/events may import node:*.',
      severity: 'error',
      from: { path: '^packages/events/src/(?!level/|testing/|cli/)' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'wire-runs-in-the-browser',
      severity: 'error',
      from: { path: '^packages/api/src/(wire|client)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-deep-imports',
      comment:
        "A package is used through its doors: another package's src is reached by its exports only.",
      severity: 'error',
      from: { path: '^(packages|apps)/([^/]+)/' },
      to: {
        path: '^packages/(?!$2/)[^/]+/src/',
        pathNot: '^packages/[^/]+/src/(index|[^/]+/index)\\.ts$',
      },
    },
    {
      name: 'undeclared-dependency',
      severity: 'error',
      from: { path: '^(packages|apps)/[^/]+/src/' },
      to: {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev', 'unknown'],
        dependencyTypesNot: ['npm-peer'], // an optional peer is a dev dependency too, for its tests
      },
    },
    {
      name: 'unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@org/source', 'import', 'require', 'node', 'default', 'types'],
    },
    combinedDependencies: true,
  },
};
