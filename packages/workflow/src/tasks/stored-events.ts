import type { Event } from '@org/events';
import type { WorkflowHooks } from '../workflow-hooks.ts';
import type { Workspace } from '../workspace.ts';
import type { UnfinishedTasks } from './unfinished-tasks.ts';

/** Everything that follows from a stored event and that nobody waits for; what fails of it is reported. */
export class StoredEvents {
  readonly #unfinished: UnfinishedTasks;
  readonly #workspace: Workspace | undefined;
  readonly #broadcast: ((event: Event) => void | Promise<void>) | undefined;
  readonly #hooks: Pick<WorkflowHooks, 'onAppended'> & Required<Pick<WorkflowHooks, 'onError'>>;

  constructor(options: {
    readonly unfinished: UnfinishedTasks;
    readonly workspace: Workspace | undefined;
    readonly broadcast: ((event: Event) => void | Promise<void>) | undefined;
    readonly hooks: Pick<WorkflowHooks, 'onAppended'> & Required<Pick<WorkflowHooks, 'onError'>>;
  }) {
    this.#unfinished = options.unfinished;
    this.#workspace = options.workspace;
    this.#broadcast = options.broadcast;
    this.#hooks = options.hooks;
  }

  /** The workflow has stored these. */
  appended(events: readonly Event[]): void {
    for (const event of events) {
      this.#unfinished.note(event);
      void this.#writeCode(event);
      void this.#tell(event);
    }
    if (this.#unfinished.due) void this.writeUnfinished('writing a checkpoint');
    this.#hooks.onAppended?.(events);
  }

  /**
   * These stood in the log when a task was taken over. What followed from them then may have been cut short
   * by a crash, or by a store that failed to say that it had stored them; doing it again changes nothing.
   */
  takenOver(events: readonly Event[]): void {
    for (const event of events) {
      this.#unfinished.note(event);
      void this.#writeCode(event);
    }
  }

  /** Writes the list of unfinished tasks beside the log. */
  async writeUnfinished(doing: string): Promise<void> {
    try {
      await this.#unfinished.write();
    } catch (error) {
      this.#hooks.onError(error, doing);
    }
  }

  async #tell(event: Event): Promise<void> {
    try {
      await this.#broadcast?.(event);
    } catch (error) {
      this.#hooks.onError(error, `broadcasting event ${event.sequence}`);
    }
  }

  async #writeCode(event: Event): Promise<void> {
    if (event.eventType !== 'CODE_GENERATED') return;
    try {
      await this.#workspace?.writeVersion({
        taskId: event.taskId,
        version: event.codeVersion,
        files: event.data.files,
      });
    } catch (error) {
      this.#hooks.onError(error, `writing code version ${event.codeVersion} of ${event.taskId}`);
    }
  }
}
