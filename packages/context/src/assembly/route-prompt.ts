import { type LanguageModel, marginOf } from '@org/models';
import type { HierarchicalContextBuilder } from '../builder/hierarchical-context-builder.ts';
import { ContextOverflowError, InvalidContextRequestError } from '../errors/request-errors.ts';
import { type PromptParts, type PromptPlan, planPrompt } from './prompt-plan.ts';

/**
 * The prompt for the smallest of the models that holds all the call wants; else for the largest that
 * holds what it needs.
 *
 * @param tiers Smallest window first.
 * @throws ContextOverflowError when none holds what it needs
 */
export function routePrompt(
  tiers: readonly LanguageModel[],
  parts: PromptParts,
  builderFor: (model: LanguageModel) => HierarchicalContextBuilder,
): PromptPlan {
  const plans: PromptPlan[] = [];
  for (const model of tiers) {
    const plan = planPrompt(model, parts, builderFor(model));
    if (plan.comfortable) return plan;
    plans.push(plan);
  }
  const fitting = plans.findLast(({ fits }) => fits);
  if (fitting !== undefined) return fitting;
  throw overflow(plans, parts);
}

function overflow(plans: readonly PromptPlan[], parts: PromptParts): ContextOverflowError {
  const plan = plans.at(-1);
  if (plan === undefined) throw new InvalidContextRequestError('there is no model to ask');
  const { model, limit } = plan;
  const count = (text: string) => model.tokens.count(text);
  const pieces = [
    { ref: 'system', tokens: count(parts.system) },
    { ref: 'current event and instructions', tokens: count(parts.current) },
    ...parts.sources.candidates
      .filter(({ whole }) => whole === 'required')
      .map(({ ref, forms }) => ({
        ref,
        tokens: count(parts.sources.textOf({ ref, form: forms[0] ?? '' }) ?? ''),
      })),
  ].sort((a, b) => b.tokens - a.tokens);
  const required = pieces.reduce((sum, { tokens }) => sum + tokens, 0);
  return new ContextOverflowError({
    model: model.id,
    window: model.profile.contextWindow,
    required: Math.ceil(required * marginOf(model.tokens)),
    limit,
    parts: pieces,
  });
}
