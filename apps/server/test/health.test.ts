import { ContextManager } from '@org/context';
import { codingEvents, createMemoryEventStore } from '@org/events';
import { ollamaHealth, ollamaLanguageModel } from '@org/models/ollama';
import { startOllamaStandIn } from '@org/models/testing';
import { TaskOrchestrator } from '@org/orchestrator';
import { CodingWorkflow } from '@org/workflow';
import { fakeTestRunner } from '@org/workflow/testing';
import { describe, expect, it } from 'vitest';
import { checkHealth } from '../src/health.ts';

const model = 'mistral:7b';
const signal = AbortSignal.timeout(30_000);

/** The real parts, as `compose` puts them together. */
async function parts() {
  const standIn = await startOllamaStandIn({
    script: { format: 'ollama-script', version: 1, models: [{ name: model }], rules: [] },
  });
  const store = createMemoryEventStore(codingEvents);
  const orchestrator = new TaskOrchestrator();
  const languageModels = [ollamaLanguageModel({ host: standIn.url, model })];
  const contexts = new ContextManager({ models: languageModels });
  const testRunner = fakeTestRunner();
  const workflow = await CodingWorkflow.open({
    store,
    orchestrator,
    models: languageModels,
    contexts,
    testRunner,
  });
  const health = (probe?: AbortSignal) =>
    ollamaHealth({ host: standIn.url, models: [model], signal: probe });
  const models = () => ({ host: standIn.url, languageModels, contexts, health });
  const subjects = { store, orchestrator, workflow, testRunner, models };
  return {
    standIn,
    store,
    orchestrator,
    models,
    subjects,
    ask: async () => {
      const { status, checks } = await checkHealth(subjects, signal);
      const unwell = checks.filter((check) => check.status !== 'ok').map(({ name }) => name);
      return { status, unwell };
    },
    async [Symbol.asyncDispose]() {
      await workflow.close();
      await orchestrator.shutdown({ mode: 'cancel' });
      await store.close();
      await standIn.close();
    },
  };
}

describe('health names each part that is not well', () => {
  it('all well: the store, the workers and the model', async () => {
    await using whole = await parts();
    expect(await whole.ask()).toEqual({ status: 'ok', unwell: [] });
  });

  it('a store that takes nothing', async () => {
    await using whole = await parts();
    await whole.store.close();
    expect(await whole.ask()).toEqual({ status: 'failed', unwell: ['store'] });
  });

  it('workers that no longer run', async () => {
    await using whole = await parts();
    await whole.orchestrator.shutdown({ mode: 'cancel' });
    expect(await whole.ask()).toEqual({ status: 'failed', unwell: ['workers'] });
  });

  it('a model that its host does not have', async () => {
    await using whole = await parts();
    const health = () => ollamaHealth({ host: whole.standIn.url, models: [model, 'absent:1b'] });
    const models = () => ({ ...whole.models(), health });
    const report = await checkHealth({ ...whole.subjects, models }, signal);
    expect(report.status).toBe('failed');
    expect(report.checks.find(({ name }) => name === 'ollama')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('ollama pull absent:1b'),
    });
  });

  it('a model host that is gone', async () => {
    await using whole = await parts();
    await whole.standIn.close();
    expect(await whole.ask()).toEqual({ status: 'failed', unwell: ['ollama'] });
  });
});
