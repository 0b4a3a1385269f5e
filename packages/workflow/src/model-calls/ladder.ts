import type { LanguageModel } from '@org/models';

/** How one try differs from the plain question. */
export interface Rung {
  readonly temperature?: number;
  readonly shorter?: boolean;
  readonly larger?: boolean;
}

/** The first call, then: shorter, at another temperature, with a larger model. */
export const ladder: readonly Rung[] = [
  {},
  { shorter: true },
  { shorter: true, temperature: 0.7 },
  { larger: true },
];

/** The next larger window than that of `id` (or of the smallest model), or undefined. */
export function largerThan(
  models: readonly LanguageModel[],
  id?: string,
): LanguageModel | undefined {
  const window =
    models.find((model) => model.id === id)?.profile.contextWindow ??
    models[0]?.profile.contextWindow ??
    0;
  return models.find((model) => model.profile.contextWindow > window);
}
