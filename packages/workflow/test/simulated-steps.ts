import type { Decision } from '../src/decide/decision.ts';
import type { Step } from '../src/decide/step.ts';
import { codeHash, sha256, sourceFile, withFiles } from '../src/state/code-snapshot.ts';
import type { WorkflowState } from '../src/state/workflow-state.ts';
import type { Outcome } from '../src/steps/step-context.ts';

const sandbox = { kind: 'none', node: 'v0', networkBlocked: false };

/** What stands in the log before the step's work, as the runner would append it. */
export function beginsOf(
  state: WorkflowState,
  decision: Extract<Decision, { do: 'step' }>,
): Outcome {
  const { step } = decision;
  if (step.kind !== 'test' || state.modules[step.module]?.phase === 'testing')
    return decision.begin;
  return [
    {
      eventType: 'TEST_STARTED',
      data: { module: step.module, tests: [], expected: ['t'], sandbox },
    },
  ];
}

/** What a step would find out, if the world were this simple. */
export function outcomes(
  state: WorkflowState,
  step: Step,
  world: { readonly result: 'good' | 'bad'; readonly code?: string | undefined },
): Outcome {
  switch (step.kind) {
    case 'plan':
      return [
        {
          eventType: 'PLANNING_COMPLETE',
          data: {
            modules: [{ name: 'validators.js', purpose: 'validates', dependsOn: [] }],
            calls: [],
          },
        },
      ];
    case 'generate':
    case 'correct': {
      const codeVersion = state.task.codeVersion + 1;
      const files = [sourceFile(step.module, world.code ?? `export const v = ${codeVersion};\n`)];
      const hash = codeHash(withFiles(state.snapshot, { files, codeVersion }));
      const generated = {
        eventType: 'CODE_GENERATED' as const,
        codeVersion,
        codeHash: hash,
        data: {
          module: step.module,
          iteration: state.modules[step.module]?.iterations ?? 1,
          files,
          calls: [call(state)],
        },
      };
      return step.kind === 'generate'
        ? [generated]
        : [
            generated,
            {
              eventType: 'CORRECTION_COMPLETED',
              codeVersion,
              codeHash: hash,
              data: { module: step.module, fromVersion: state.task.codeVersion },
            },
          ];
    }
    case 'write-tests':
      return [
        {
          eventType: 'TEST_STARTED',
          data: {
            module: step.module,
            tests: [
              {
                path: 'validators.test.js',
                hash: sha256('t'),
                origin: step.rewrite ? 'rewritten' : 'generated',
                content: 't',
              },
            ],
            expected: ['t'],
            sandbox,
          },
        },
      ];
    case 'test': {
      const report = {
        module: step.module,
        passed: world.result === 'good' ? 1 : 0,
        failed: world.result === 'good' ? 0 : 1,
        total: 1,
        results: [],
        durationMs: 1,
        output: '',
      };
      return world.result === 'good'
        ? [{ eventType: 'TEST_PASSED', data: report }]
        : [
            {
              eventType: 'TEST_FAILED',
              data: { ...report, failure: { kind: 'assertion', message: 'no' }, signature: 'same' },
            },
          ];
    }
    case 'analyse':
      return [{ eventType: 'DEAD_CODE_ANALYSIS', data: { findings: [] } }];
  }
}

function call(state: WorkflowState) {
  return {
    callId: `call-${state.task.version}`,
    model: 'mistral:7b',
    signature: 'code',
    attempt: 1,
    outcome: 'ok',
    error: null,
    temperature: 0,
    tokens: { estimated: 1, prompt: 1, completion: 1, window: 8192 },
    durationMs: 1,
    prompt: {
      hash: '',
      builderVersion: '1',
      asOfSequence: state.task.sequence,
      compressionRatio: 1,
      included: [],
      dropped: [],
      truncated: [],
      external: {},
    },
  };
}
