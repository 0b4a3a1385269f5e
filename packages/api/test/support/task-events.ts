import { createHash } from 'node:crypto';
import type { NewEvent } from '@org/events';
import type { Store } from './running-api.ts';

export const created = (prompt = 'Write a validator'): NewEvent => ({
  eventType: 'TASK_CREATED',
  data: { prompt },
});

export const started: NewEvent = {
  eventType: 'TASK_STARTED',
  data: { language: 'javascript', models: ['qwen3:8b'] },
};

export const planned: NewEvent = {
  eventType: 'PLANNING_COMPLETE',
  data: { modules: [{ name: 'validators.js', purpose: 'Validates', dependsOn: [] }] },
};

export function code(codeVersion: number, content = `// ${codeVersion}`): NewEvent {
  const hash = createHash('sha256').update(content).digest('hex');
  return {
    eventType: 'CODE_GENERATED',
    codeVersion,
    codeHash: hash,
    data: {
      module: 'validators.js',
      iteration: codeVersion,
      files: [{ path: 'src/validators.js', content, hash }],
      calls: [modelCall],
    },
  };
}

export const modelCall = {
  callId: 'call-1',
  model: 'qwen3:8b',
  signature: 'code',
  attempt: 1,
  outcome: 'ok',
  error: null,
  temperature: 0,
  tokens: { estimated: 100, prompt: 101, completion: 20, window: 32_768 },
  durationMs: 5,
  prompt: {
    hash: createHash('sha256').update('The prompt').digest('hex'),
    builderVersion: '1',
    asOfSequence: 3,
    compressionRatio: 0.4,
    included: [{ ref: 'event:1', layer: 'current', tokens: 12 }],
    dropped: [{ ref: 'event:2', reason: 'stale' }],
    truncated: [],
    external: {},
  },
};

export const passed = (codeVersion: number): NewEvent => ({
  eventType: 'TEST_PASSED',
  codeVersion,
  data: {
    module: 'validators.js',
    passed: 3,
    failed: 0,
    total: 3,
    results: [],
    durationMs: 10,
    output: '',
  },
});

export const complete: NewEvent = {
  eventType: 'TASK_COMPLETE',
  data: { summary: 'Done', files: ['src/validators.js'], tests: { passed: 3, total: 3 } },
};

/** A task with some history, as it would be after its first code. */
export async function storeTask(store: Store, taskId: string, more: readonly NewEvent[] = []) {
  return store.append(taskId, [created(), started, planned, code(1), ...more]);
}
