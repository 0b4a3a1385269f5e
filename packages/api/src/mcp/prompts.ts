import type { ToolContent } from './tool.ts';

/** A prompt as data: what a client can offer its user to begin with. */
export interface McpPrompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly {
    readonly name: string;
    readonly description: string;
    readonly required: boolean;
  }[];
  messages(given: Readonly<Record<string, string>>): readonly ToolContent[];
}

const says = (text: string): readonly ToolContent[] => [{ type: 'text', text }];

const taskId = { name: 'task_id', description: 'The task’s id', required: true };

export const mcpPrompts: readonly McpPrompt[] = [
  {
    name: 'start_task',
    title: 'Start a coding task',
    description: 'Turns a wish into a task that small models can do',
    arguments: [{ name: 'wish', description: 'What is to be programmed', required: true }],
    messages: ({ wish }) =>
      says(
        `Turn this wish into a coding task and start it with start_coding_task: ${wish}\n\nWrite the prompt so that it names the functions, their inputs and outputs, and the cases that must work. Bring tests as files of kind "test" where the wish says what must hold. Then follow it with wait_for_task until it has ended, answering its questions with send_intervention.`,
      ),
  },
  {
    name: 'summarize_task',
    title: 'Summarise a task',
    description: 'What a task was to do, how it went, and what came of it',
    arguments: [taskId],
    messages: ({ task_id }) =>
      says(
        `Summarise task ${task_id}: read get_task_status and get_task_events, and say what was asked, which modules came of it, how many iterations each took, and what is open.`,
      ),
  },
  {
    name: 'fix_failing_test',
    title: 'Help with a failing test',
    description: 'Looks at why a task’s test fails and sends guidance',
    arguments: [taskId, { name: 'test', description: 'The test’s name', required: false }],
    messages: ({ task_id, test }) =>
      says(
        `Find out why ${test ? `the test "${test}"` : 'the failing tests'} of task ${task_id} fail: read get_task_events (TEST_FAILED) and get_task_code. The tests are correct. Send one short, concrete hint with send_intervention (kind "guidance").`,
      ),
  },
];
