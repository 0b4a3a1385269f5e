import { describe, expect, it } from 'vitest';
import { ContextManager } from '../src/index.ts';
import { larger, mistral, qwen } from './models.ts';
import { TaskLog } from './task-log.ts';

const instructions = 'Write validators.py whole, in one fenced block.';

function correctionLog(): TaskLog {
  const log = new TaskLog();
  log.plan('Build an email and phone validator module. Reject empty strings.', [
    ['models.py'],
    ['validators.py', 'models.py'],
  ]);
  log
    .start('models.py')
    .iterate(
      'models.py',
      'class Contact:\n    def __init__(self, email):\n        self.email = email\n',
      { tests: ['test_contact'] },
    );
  log
    .start('validators.py')
    .iterate(
      'validators.py',
      'import re\n\ndef validate_email(email: str) -> bool:\n    return "@" in email\n',
      {
        tests: ['test_email_valid', 'test_email_empty'],
        failing: ['test_email_empty'],
      },
    );
  return log;
}

describe('the four layers', () => {
  it('gate 3.1: four layers in order: system prompt, state summary, compressed events, current event', async () => {
    const log = correctionLog();
    const contexts = new ContextManager({ models: [mistral, qwen, larger] });
    const context = await contexts.assemble({
      taskId: log.taskId,
      events: log.events,
      currentEvent: log.last,
      purpose: 'correction',
      module: 'validators.py',
      instructions,
    });
    console.log(context.messages.map(({ content }) => content).join('\n=====\n'));
    console.log(
      context.tokens,
      context.model.id,
      context.maxOutputTokens,
      context.compressionRatio,
      context.included,
      context.dropped,
    );
    expect(context.layers.map(({ name }) => name)).toEqual([
      'system',
      'state',
      'events',
      'current',
    ]);
    const rebuilt = await contexts.rebuild({
      taskId: log.taskId,
      events: log.events,
      call: { callId: 'call-1', prompt: context.record },
    });
    expect(rebuilt.messages).toEqual(context.messages);
  });
});
