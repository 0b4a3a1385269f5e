import type { TestResult } from '@org/events';
import { cutAt, onOneLine } from '../../graph/code/source-text.ts';
import { mapTest } from '../nodes/code-nodes.ts';
import { testsIn, writeTestFile } from '../nodes/test-nodes.ts';
import { touchNode } from '../nodes/touched-node.ts';
import type { Folding, FoldingOf } from './folded-task.ts';
import { touchModule } from './touched-subject.ts';

/** TEST_STARTED: the files that judge a module, and the tests in them. */
export function foldTestStarted(folding: FoldingOf<'TEST_STARTED'>): void {
  const { cache, map, event, conceptOf, unlinked } = folding;
  const { module, tests, expected } = event.data;
  if (module !== '') touchModule(folding, module, { status: 'testing' });
  for (const { path, content, origin } of tests) {
    if (typeof content === 'string') {
      writeTestFile(cache, { event, path, content, origin });
      mapTest(cache, map, path);
      unlinked.add(path);
    } else touchNode(cache, event, { id: `test:${path}`, type: 'test', name: path });
    if (module !== '') cache.addEdge(`module:${module}`, `test:${path}`, 'tested_by');
    const cause = conceptOf.get(event.causationId ?? '');
    if (cause !== undefined) cache.addEdge(cause, `test:${path}`, 'references');
  }
  const only = tests.length === 1 ? tests[0]?.path : undefined;
  for (const name of expected.filter((test) => test !== '')) {
    touchNode(cache, event, {
      id: testId(name),
      type: 'test',
      name,
      metadata: { kind: 'case', module },
    });
    tieTest(folding, { name, module, file: only });
  }
}

/** TEST_PASSED and TEST_FAILED: how the module and each test stand. */
export function foldTestRun(folding: FoldingOf<'TEST_PASSED' | 'TEST_FAILED'>): void {
  const { cache, event } = folding;
  const { module, passed, failed, total, results } = event.data;
  const failure =
    event.eventType === 'TEST_FAILED'
      ? { signature: event.data.signature, message: event.data.failure.message }
      : null;
  if (module !== '') {
    closeCorrection(folding, module, failure === null ? 'passed' : 'failed');
    touchModule(folding, module, {
      status: failure === null ? 'testing' : 'correcting',
      tests: { passed, failed, total },
      failure,
    });
  }
  for (const result of results) {
    const id = testId(result.name);
    touchNode(cache, event, {
      id,
      type: 'test',
      name: result.name,
      summary: outcomeOf(result, event.codeVersion),
      metadata: { kind: 'case', module, status: result.status, codeVersion: event.codeVersion },
    });
    tieTest(folding, { name: result.name, module, file: undefined });
  }
}

/** A test belongs to its file; to the module itself where the file is not known. Functions it names are tested by it. */
function tieTest(
  { cache }: Folding,
  test: { readonly name: string; readonly module: string; readonly file: string | undefined },
): void {
  const id = testId(test.name);
  const moduleId = `module:${test.module}`;
  if (test.file !== undefined) cache.addEdge(`test:${test.file}`, id, 'contains');
  else if (test.module !== '' && cache.sources(id, 'contains').length === 0)
    cache.addEdge(moduleId, id, 'tested_by');
  for (const file of cache.targets(moduleId, 'tested_by')) {
    if (cache.peek(file)?.metadata.kind !== 'file') continue;
    const written = testsIn(file.slice('test:'.length), cache.body(file) ?? '');
    const uses = new Set(written.find(({ name }) => test.name.endsWith(name))?.uses);
    if (uses.size === 0) continue;
    for (const declared of cache.targets(moduleId, 'contains'))
      if (uses.has(cache.peek(declared)?.name ?? '')) cache.addEdge(declared, id, 'tested_by');
  }
}

/** How the module's last correction came out. */
function closeCorrection(folding: Folding, module: string, outcome: 'passed' | 'failed'): void {
  const { cache, event } = folding;
  const open = cache.peek(`module:${module}`)?.metadata.openCorrection;
  if (typeof open !== 'string' || cache.peek(open) === undefined) return;
  touchNode(cache, event, { id: open, type: 'concept', metadata: { outcome } });
  touchModule(folding, module, { openCorrection: null });
}

function testId(name: string): string {
  return `test:${name}`;
}

function outcomeOf(result: TestResult, version: number): string {
  const { status, message, expected, actual } = result;
  const at = version > 0 ? ` at v${version}` : '';
  const compared =
    typeof expected === 'string' && typeof actual === 'string'
      ? `expected ${expected}, got ${actual}`
      : '';
  const said = [typeof message === 'string' ? message : '', compared].filter(Boolean).join('; ');
  return cutAt(onOneLine(`${status}${at}${said === '' ? '' : `: ${said}`}`), 600);
}
