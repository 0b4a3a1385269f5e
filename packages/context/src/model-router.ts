import type { ModelProfile } from '@org/models';
import { ContextOverflowError, UnknownModelError } from './errors/request-errors.ts';

/** Share of a window above which a prompt goes to the next larger model. */
export const routingShare = 0.8;
/** An answer gets at least so many tokens, unless fewer were asked for. */
export const minimumGeneration = 1_024;

/** What a router has to know of a model. */
export interface RoutableModel {
  readonly id: string;
  readonly profile: ModelProfile;
}

/** A prompt to find a model for. */
export interface RouteRequest {
  /** Tokens of the whole prompt, with the margin of an estimate. */
  readonly promptTokens: number;
  /** Id of the preferred model. @default the smallest */
  readonly model?: string | undefined;
  /** Tokens the answer wants. @default the model's generation slot */
  readonly generationTokens?: number | undefined;
}

/** The model that takes a prompt. */
export interface Route<Model extends RoutableModel> {
  readonly model: Model;
  /** Id of the preferred model when it was too small, else null. */
  readonly routedFrom: string | null;
  readonly maxOutputTokens: number;
}

/**
 * Chooses the smallest model, from the preferred one upwards, that a prompt fits.
 *
 * It fits when it takes at most 80 % of the window and leaves the answer at least 1 024 tokens.
 *
 * @param models Smallest window first.
 * @throws ContextOverflowError when it fits none
 */
export function routeModel<Model extends RoutableModel>(
  models: readonly Model[],
  request: RouteRequest,
): Route<Model> {
  const tiers = tiersFrom(models, request.model);
  for (const model of tiers)
    if (request.promptTokens <= promptLimit(model.profile, request.generationTokens))
      return {
        model,
        routedFrom: model === tiers[0] ? null : tiers[0].id,
        maxOutputTokens: answerTokens(model.profile, request),
      };
  const largest = tiers.at(-1) ?? tiers[0];
  throw new ContextOverflowError({
    model: largest.id,
    window: largest.profile.contextWindow,
    required: request.promptTokens,
    limit: promptLimit(largest.profile, request.generationTokens),
    parts: [],
  });
}

/** The preferred model and the larger ones after it. */
export function tiersFrom<Model extends RoutableModel>(
  models: readonly Model[],
  preferred: string | undefined,
): readonly [Model, ...Model[]] {
  const start = preferred === undefined ? 0 : models.findIndex(({ id }) => id === preferred);
  const [first, ...rest] = start < 0 ? [] : models.slice(start);
  if (first === undefined)
    throw new UnknownModelError({
      model: preferred ?? '(the smallest)',
      known: models.map(({ id }) => id),
    });
  const larger = rest.filter(({ profile }) => profile.contextWindow > first.profile.contextWindow);
  return [first, ...larger];
}

/** Tokens a prompt may take of a window at most, margin included. */
export function promptLimit(profile: ModelProfile, generationTokens?: number): number {
  const reserved = Math.min(minimumGeneration, generationTokens ?? minimumGeneration);
  return Math.min(
    Math.floor(routingShare * profile.contextWindow),
    profile.contextWindow - reserved,
  );
}

/** Tokens the answer gets: what it wants, or what is left. */
export function answerTokens(profile: ModelProfile, request: RouteRequest): number {
  const wanted = request.generationTokens ?? profile.maxOutputTokens;
  return Math.min(wanted, profile.contextWindow - request.promptTokens);
}
