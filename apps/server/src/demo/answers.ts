import type { StandInScript } from '@org/models/testing';

/** The task that the demo submits. */
export const demoPrompt = 'Build an email and phone validator module';

function code(file: string, text: string): { text: string } {
  return { text: `\`\`\`ts\n// ${file}\n${text.trim()}\n\`\`\`\n` };
}

/**
 * What the stand-in answers in the demo: written by hand, chosen by what is asked. The first version
 * of phone.ts is wrong on purpose; the correction is asked for because its tests really fail.
 */
export const demoAnswers: StandInScript = {
  format: 'ollama-script',
  version: 1,
  models: [
    { name: 'mistral:7b', contextLength: 8_192 },
    { name: 'qwen3:8b', contextLength: 32_768 },
  ],
  rules: [
    {
      name: 'plan',
      when: { lastContains: ['Plan this task.'] },
      delayMs: 300,
      answer: {
        json: {
          modules: [
            {
              name: 'email.ts',
              purpose: 'isEmail(text: string): boolean tells whether a text is an email address.',
              dependsOn: [],
            },
            {
              name: 'phone.ts',
              purpose:
                'isPhone(text: string): boolean tells whether a text is a phone number: an optional + and 7 to 15 digits, spaces and hyphens allowed between them.',
              dependsOn: [],
            },
            {
              name: 'validators.ts',
              purpose:
                'validateContact({ email, phone }) gives { valid, errors }, errors naming each wrong field.',
              dependsOn: ['email.ts', 'phone.ts'],
            },
          ],
          questions: [],
        },
      },
    },
    {
      name: 'email',
      when: { lastContains: ['Write the file email.ts.'] },
      answer: code(
        'email.ts',
        `
/** Whether a text is an email address: one @, a domain with a dot, no blanks. */
export function isEmail(text: string): boolean {
  if (text.length > 254) return false;
  return /^[^\\s@]+@[^\\s@.]+(\\.[^\\s@.]+)+$/.test(text);
}
`,
      ),
    },
    {
      name: 'tests of email',
      when: { lastContains: ['Write the tests of email.ts'] },
      answer: code(
        'email.test.ts',
        `
import { isEmail } from './email.ts';

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
      when: { lastContains: ['Write the file phone.ts.'] },
      answer: code(
        'phone.ts',
        `
/** Whether a text is a phone number. */
export function isPhone(text: string): boolean {
  const digits = text.replace(/[^0-9]/g, '');
  return digits.length >= 7 && digits.length <= 15;
}
`,
      ),
    },
    {
      name: 'tests of phone',
      when: { lastContains: ['Write the tests of phone.ts'] },
      answer: code(
        'phone.test.ts',
        `
import { isPhone } from './phone.ts';

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
      when: { lastContains: ['Tests of phone.ts fail.'] },
      answer: code(
        'phone.ts',
        `
/** Whether a text is a phone number: an optional +, then 7 to 15 digits with single blanks or hyphens between. */
export function isPhone(text: string): boolean {
  if (!/^\\+?[0-9]+([ -][0-9]+)*$/.test(text)) return false;
  const digits = text.replace(/[^0-9]/g, '').length;
  return digits >= 7 && digits <= 15;
}
`,
      ),
    },
    {
      name: 'validators',
      when: { lastContains: ['Write the file validators.ts.'] },
      answer: code(
        'validators.ts',
        `
import { isEmail } from './email.ts';
import { isPhone } from './phone.ts';

export interface Contact {
  email: string;
  phone: string;
}

export interface Validation {
  valid: boolean;
  errors: string[];
}

/** Checks both fields; errors name the wrong ones. */
export function validateContact(contact: Contact): Validation {
  const errors: string[] = [];
  if (!isEmail(contact.email)) errors.push('email');
  if (!isPhone(contact.phone)) errors.push('phone');
  return { valid: errors.length === 0, errors };
}
`,
      ),
    },
    {
      name: 'tests of validators',
      when: { lastContains: ['Write the tests of validators.ts'] },
      answer: code(
        'validators.test.ts',
        `
import { validateContact } from './validators.ts';

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
  ],
};
