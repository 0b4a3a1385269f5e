import type { OrchestratorSettings } from '../options/parse-options.ts';
import { DeadLetters } from './dead-letters.ts';
import { Dependencies } from './dependencies.ts';
import { SharedSignals } from './shared-signals.ts';
import { TaskRegistry } from './task-registry.ts';
import { Totals } from './totals.ts';

/** What is known of tasks beside where they stand. */
export class Books {
  readonly registry: TaskRegistry;
  readonly dependencies = new Dependencies();
  readonly deadLetters: DeadLetters;
  readonly signals = new SharedSignals();
  readonly totals = new Totals();

  constructor({ rememberFinished, maxDeadLetters }: OrchestratorSettings) {
    this.registry = new TaskRegistry(rememberFinished);
    this.deadLetters = new DeadLetters(maxDeadLetters);
  }
}
