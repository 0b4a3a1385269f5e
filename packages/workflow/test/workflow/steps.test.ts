import { TaskOrchestrator } from '@org/orchestrator';
import { describe, expect, it, vi } from 'vitest';
import { quickWorld, type World } from './world.ts';

const prompt = 'Write a sum function';

describe('the steps of a task', () => {
  it('run one after another: the next is submitted when the former has settled', async () => {
    const orchestrator = new TaskOrchestrator();
    const submit = vi.spyOn(orchestrator, 'submit');
    const order: string[] = [];
    const submitted: number[] = [];
    await using w = await quickWorld({
      options: {
        orchestrator,
        hooks: {
          onStepStarted: ({ step }) => void order.push(`${step.kind} begins`),
          onStepSettled: ({ step }) => {
            order.push(`${step.kind} ends`);
            submitted.push(submit.mock.calls.length);
          },
        },
      },
    });
    await w.workflow.start({ prompt });
    await w.workflow.onIdle();
    const kinds = ['plan', 'generate', 'write-tests', 'test', 'analyse'];
    expect(order).toEqual(kinds.flatMap((kind) => [`${kind} begins`, `${kind} ends`]));
    expect(submitted).toEqual([1, 2, 3, 4, 5]);
    await orchestrator.shutdown({ mode: 'cancel' });
  });

  it('carry the model host as their key where they ask a model; only analysis is preemptible', async () => {
    const orchestrator = new TaskOrchestrator();
    const submit = vi.spyOn(orchestrator, 'submit');
    await using w = await quickWorld({ options: { orchestrator } });
    await w.workflow.start({ prompt });
    await w.workflow.onIdle();
    const host = w.standIn.url;
    expect(submit.mock.calls.map(([task]) => [task.key, task.preemptible])).toEqual([
      [host, false],
      [host, false],
      [host, false],
      [undefined, false],
      [undefined, true],
    ]);
    await orchestrator.shutdown({ mode: 'cancel' });
  });

  it('ask for plans as JSON of a schema at temperature 0, and for code as one plain file', async () => {
    await using w = await quickWorld();
    await w.workflow.start({ prompt });
    await w.workflow.onIdle();
    const [plan, ...others] = w.standIn.requests('/api/chat').map((request) => request.body);
    expect(plan).toMatchObject({ format: { type: 'object' }, options: { temperature: 0 } });
    expect(others).toHaveLength(2);
    for (const body of others) {
      expect(body).not.toHaveProperty('format');
      expect(JSON.stringify(body)).toContain('fenced');
    }
  });

  it('leave the analysis out after a restart: a completed task is finished', async () => {
    let w: World | undefined;
    const closed = Promise.withResolvers<void>();
    await using opened = await quickWorld({
      options: {
        hooks: {
          onAppended: (events) => {
            if (events.some(({ eventType }) => eventType === 'TASK_COMPLETE'))
              closed.resolve(w?.workflow.close());
          },
        },
      },
    });
    w = opened;
    const { taskId } = await w.workflow.start({ prompt });
    await closed.promise;
    expect((await w.restart()).resume()).toEqual([]);
    expect((await w.types(taskId)).at(-1)).toBe('TASK_COMPLETE');
  });
});
