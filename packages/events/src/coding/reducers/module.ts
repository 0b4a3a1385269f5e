import { withModule } from '../module-state.ts';
import type { Reducer } from '../reducer.ts';

export const moduleStarted: Reducer<'MODULE_STARTED'> = (state, { data }) =>
  withModule(state, data.module, (module) => ({
    ...module,
    status: 'running',
    purpose: data.purpose === '' ? module.purpose : data.purpose,
    dependsOn: data.dependsOn.length === 0 ? module.dependsOn : data.dependsOn,
  }));

export const moduleIteration: Reducer<'MODULE_ITERATION'> = (state, { data }) =>
  withModule(state, data.module, (module) => ({
    ...module,
    iterations: Math.max(module.iterations, data.iteration),
  }));

export const moduleComplete: Reducer<'MODULE_COMPLETE'> = (state, { data }) =>
  withModule(state, data.module, (module) => ({
    ...module,
    status: data.outcome,
    iterations: Math.max(module.iterations, data.iterations),
    correction: null,
  }));
