import type { WorkflowHooks } from './workflow-hooks.ts';

/**
 * The same hooks, none of which can break what it watches: what one throws, or rejects with, goes to
 * `onError`; what that one throws is dropped, since nobody is left to be told.
 */
export function guardedHooks(
  hooks: WorkflowHooks,
): Required<Pick<WorkflowHooks, 'onError'>> & WorkflowHooks {
  const onError = (error: unknown, doing: string): void => {
    quietly(
      () => hooks.onError?.(error, doing),
      () => {},
    );
  };
  const guard = <Args extends readonly unknown[]>(
    name: keyof WorkflowHooks,
    hook: ((...given: Args) => void) | undefined,
  ): ((...given: Args) => void) | undefined =>
    hook &&
    ((...given) =>
      quietly(
        () => hook(...given),
        (error) => onError(error, `the hook ${name}`),
      ));
  const guarded = {
    onStepStarted: guard('onStepStarted', hooks.onStepStarted),
    onStepSettled: guard('onStepSettled', hooks.onStepSettled),
    onModelCall: guard('onModelCall', hooks.onModelCall),
    onToken: guard('onToken', hooks.onToken),
    onAppended: guard('onAppended', hooks.onAppended),
    onModelUnavailable: guard('onModelUnavailable', hooks.onModelUnavailable),
    onStoreUnavailable: guard('onStoreUnavailable', hooks.onStoreUnavailable),
  };
  return { ...withoutAbsent(guarded), onError };
}

/** `exactOptionalPropertyTypes`: an absent hook is left out, not undefined. */
function withoutAbsent<Hooks extends object>(
  hooks: Hooks,
): { [Name in keyof Hooks]?: NonNullable<Hooks[Name]> } {
  const present = Object.entries(hooks).filter(([, hook]) => hook !== undefined);
  // The same names with the same values, but for those that are undefined.
  return Object.fromEntries(present) as { [Name in keyof Hooks]?: NonNullable<Hooks[Name]> };
}

/** Calls a function of someone else, who may have made it async. */
function quietly(call: () => unknown, onError: (error: unknown) => void): void {
  try {
    const result = call();
    if (result instanceof Promise) result.catch(onError);
  } catch (error) {
    onError(error);
  }
}
