import type { StandInRule, StandInScript } from '@org/models/testing';

/** The task that the written answers are for. */
export const writtenPrompt = 'Build an email and phone validator module';

/** What the stand-in says to everything else. */
export const refusal = `This server was started with --stand-in: there is no model, its answers are written. They are for one task only, the prompt "${writtenPrompt}" in TypeScript or JavaScript. Cancel this task, and start the server with Ollama for others.`;

/** What it says when written code is to be changed. */
const noChange =
  'This server was started with --stand-in: there is no model, its answers are written, and none changes the code as a user asks. Start the server with Ollama for that.';

const interfaces = `export interface Contact {
  email: string;
  phone: string;
}

export interface Validation {
  valid: boolean;
  errors: string[];
}

`;

/**
 * What the stand-in answers: written by hand, chosen by what is asked. The first version of the phone
 * validator is wrong on purpose; the correction is asked for because its tests really fail.
 */
export const writtenAnswers: StandInScript = {
  format: 'ollama-script',
  version: 1,
  models: [
    { name: 'mistral:7b', contextLength: 8_192 },
    { name: 'qwen3:8b', contextLength: 32_768 },
  ],
  rules: [
    ...rulesFor('typescript'),
    ...rulesFor('javascript'),
    ...['A user reports a bug in', 'The user has said more about'].map((question) => ({
      name: 'what a user wants changed',
      when: { lastContains: [question] },
      answer: { text: noChange },
    })),
    {
      name: 'another task',
      when: { lastContains: ['Plan this task.'] },
      answer: { json: { modules: [], questions: [refusal] } },
    },
    { name: 'anything else', when: {}, answer: { text: refusal } },
  ],
};

function rulesFor(language: 'typescript' | 'javascript'): readonly StandInRule[] {
  const isTyped = language === 'typescript';
  const extension = isTyped ? 'ts' : 'js';
  const [email, phone] = [`email.${extension}`, `phone.${extension}`];
  const validators = `validators.${extension}`;
  /** What stands in TypeScript only. */
  const typed = (text: string): string => (isTyped ? text : '');
  const code = (file: string, text: string): { text: string } => ({
    text: `\`\`\`${extension}\n// ${file}\n${text.trim()}\n\`\`\`\n`,
  });
  return [
    {
      name: 'plan',
      when: {
        lastContains: ['Plan this task.', `Goal: ${writtenPrompt}\n`, `as few ${language} `],
      },
      delayMs: 300,
      answer: {
        json: {
          modules: [
            {
              name: email,
              purpose: 'isEmail(text: string): boolean tells whether a text is an email address.',
              dependsOn: [],
            },
            {
              name: phone,
              purpose:
                'isPhone(text: string): boolean tells whether a text is a phone number: an optional + and 7 to 15 digits, spaces and hyphens allowed between them.',
              dependsOn: [],
            },
            {
              name: validators,
              purpose:
                'validateContact({ email, phone }) gives { valid, errors }, errors naming each wrong field.',
              dependsOn: [email, phone],
            },
          ],
          questions: [],
        },
      },
    },
    {
      name: 'email',
      when: { lastContains: [`Write the file ${email}.`] },
      answer: code(
        email,
        `
/** Whether a text is an email address: one @, a domain with a dot, no blanks. */
export function isEmail(text${typed(': string')})${typed(': boolean')} {
  if (text.length > 254) return false;
  return /^[^\\s@]+@[^\\s@.]+(\\.[^\\s@.]+)+$/.test(text);
}
`,
      ),
    },
    {
      name: 'tests of email',
      when: { lastContains: [`Write the tests of ${email}`] },
      answer: code(
        `email.test.${extension}`,
        `
import { isEmail } from './${email}';

describe('isEmail', () => {
  test('accepts an ordinary address', () => {
    expect(isEmail('ada@example.org')).toBe(true);
  });
  test('accepts a plus tag and a subdomain', () => {
    expect(isEmail('ada+lists@mail.example.org')).toBe(true);
  });
  test('refuses a text without @', () => {
    expect(isEmail('ada.example.org')).toBe(false);
  });
  test('refuses a domain without a dot', () => {
    expect(isEmail('ada@example')).toBe(false);
  });
  test('refuses blanks', () => {
    expect(isEmail('ada lovelace@example.org')).toBe(false);
  });
});
`,
      ),
    },
    {
      name: 'phone, wrong',
      when: { lastContains: [`Write the file ${phone}.`] },
      answer: code(
        phone,
        `
/** Whether a text is a phone number. */
export function isPhone(text${typed(': string')})${typed(': boolean')} {
  const digits = text.replace(/[^0-9]/g, '');
  return digits.length >= 7 && digits.length <= 15;
}
`,
      ),
    },
    {
      name: 'tests of phone',
      when: { lastContains: [`Write the tests of ${phone}`] },
      answer: code(
        `phone.test.${extension}`,
        `
import { isPhone } from './${phone}';

describe('isPhone', () => {
  test('accepts an international number', () => {
    expect(isPhone('+49 30 1234567')).toBe(true);
  });
  test('accepts hyphens between digits', () => {
    expect(isPhone('030-1234-567')).toBe(true);
  });
  test('refuses fewer than seven digits', () => {
    expect(isPhone('123456')).toBe(false);
  });
  test('refuses letters', () => {
    expect(isPhone('call 030 1234567')).toBe(false);
  });
  test('refuses a plus in the middle', () => {
    expect(isPhone('030+1234567')).toBe(false);
  });
});
`,
      ),
    },
    {
      name: 'phone, corrected',
      when: { lastContains: [`Tests of ${phone} fail.`] },
      answer: code(
        phone,
        `
/** Whether a text is a phone number: an optional +, then 7 to 15 digits with single blanks or hyphens between. */
export function isPhone(text${typed(': string')})${typed(': boolean')} {
  if (!/^\\+?[0-9]+([ -][0-9]+)*$/.test(text)) return false;
  const digits = text.replace(/[^0-9]/g, '').length;
  return digits >= 7 && digits <= 15;
}
`,
      ),
    },
    {
      name: 'validators',
      when: { lastContains: [`Write the file ${validators}.`] },
      answer: code(
        validators,
        `
import { isEmail } from './${email}';
import { isPhone } from './${phone}';

${typed(interfaces)}/** Checks both fields; errors name the wrong ones. */
export function validateContact(contact${typed(': Contact')})${typed(': Validation')} {
  const errors${typed(': string[]')} = [];
  if (!isEmail(contact.email)) errors.push('email');
  if (!isPhone(contact.phone)) errors.push('phone');
  return { valid: errors.length === 0, errors };
}
`,
      ),
    },
    {
      name: 'tests of validators',
      when: { lastContains: [`Write the tests of ${validators}`] },
      answer: code(
        `validators.test.${extension}`,
        `
import { validateContact } from './${validators}';

describe('validateContact', () => {
  test('accepts a right contact', () => {
    expect(validateContact({ email: 'ada@example.org', phone: '+49 30 1234567' })).toEqual({
      valid: true,
      errors: [],
    });
  });
  test('names a wrong email', () => {
    expect(validateContact({ email: 'ada', phone: '+49 30 1234567' }).errors).toEqual(['email']);
  });
  test('names both when both are wrong', () => {
    expect(validateContact({ email: '', phone: 'x' }).errors).toEqual(['email', 'phone']);
  });
});
`,
      ),
    },
  ];
}
