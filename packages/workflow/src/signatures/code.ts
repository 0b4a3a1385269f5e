import type { Language } from '@org/events';
import { detectElision, parseCodeBlock } from '@org/models';
import type { Parsed } from '../model-calls/model-question.ts';

const fence: Readonly<Record<Language, string>> = {
  javascript: 'js',
  typescript: 'ts',
  python: 'python',
};

/** How code has to come: never wrapped in JSON, one whole file, one block. */
function answerForm(language: Language, path: string): string {
  return `Answer with the whole file ${path} in one fenced block (\`\`\`${fence[language]} … \`\`\`), nothing left out, no other text.`;
}

const importRule: Readonly<Record<Language, string>> = {
  javascript:
    'Write ES modules: export what other files use, import other files by their relative path with its extension (./name.js). Only node: built-ins, no packages.',
  typescript:
    'Write ES modules with types: export what other files use, import other files by their relative path with its extension (./name.ts). Only node: built-ins, no packages.',
  python:
    'Import other files by their module name (from name import …). Only the standard library, no packages.',
};

/** Said when an answer was too long or cut off. */
export const shorterCode =
  'Keep it short: no comments but the necessary, no examples, the whole file in one fenced block.';

export function generateInstructions(request: {
  readonly path: string;
  readonly purpose: string;
  readonly language: Language;
  readonly judged: boolean;
}): string {
  return [
    `Write the file ${request.path}. Its purpose: ${request.purpose}`,
    importRule[request.language],
    ...(request.judged
      ? ['The given tests are correct and decide: the file has to pass them.']
      : []),
    answerForm(request.language, request.path),
  ].join('\n');
}

export function correctInstructions(request: {
  readonly path: string;
  readonly language: Language;
  readonly reason: 'test-failed' | 'bug-report' | 'guidance';
  readonly fromScratch: boolean;
}): string {
  const why = {
    'test-failed': `Tests of ${request.path} fail. The tests are correct, do not try to change them: fix the code in ${request.path}.`,
    'bug-report': `A user reports a bug in ${request.path}. Fix it; what works has to go on working.`,
    guidance: `The user has said more about what is wanted of ${request.path}. Change it accordingly; what works has to go on working.`,
  }[request.reason];
  return [
    why,
    ...(request.fromScratch
      ? ['The earlier versions led nowhere: write the file anew, in another way.']
      : []),
    importRule[request.language],
    answerForm(request.language, request.path),
  ].join('\n');
}

const testForm: Readonly<Record<Language, string>> = {
  javascript:
    "Use describe, test and expect as in jest (they are global; import nothing for them). Import the code under test: import { … } from './NAME'.",
  typescript:
    "Use describe, test and expect as in jest (they are global; import nothing for them). Import the code under test: import { … } from './NAME'.",
  python: 'Use unittest (one TestCase class). Import the code under test: from NAME import …',
};

export function testInstructions(request: {
  readonly path: string;
  readonly testPath: string;
  readonly purpose: string;
  readonly language: Language;
  readonly rewrite: boolean;
}): string {
  const file = request.path.split('/').at(-1) ?? request.path;
  const name = request.language === 'python' ? file.replace(/\.py$/, '') : file;
  return [
    `Write the tests of ${request.path} as the file ${request.testPath}. What it is for: ${request.purpose}`,
    'Test what the task requires, not what the code happens to do: ordinary cases, edge cases, wrong input. Each test checks one thing and has a name of its own. 4 to 10 tests.',
    testForm[request.language].replace('NAME', name),
    ...(request.rewrite
      ? [
          'The former tests may be wrong: derive these anew from the requirements of the task alone.',
        ]
      : []),
    answerForm(request.language, request.testPath),
  ].join('\n');
}

/** Takes the one file out of an answer; elided code is refused with its own reason. */
export function parseCode(
  text: string,
  expected: { readonly language: Language; readonly former: string | null },
): Parsed<string> {
  const { language, former } = expected;
  const file = parseCodeBlock(text, { language });
  if (file === undefined)
    return { ok: false, outcome: 'malformed', problem: 'There was no code block in it.' };
  const elision = detectElision(file.code, {
    language,
    ...(former === null ? {} : { previous: former }),
  });
  if (elision === undefined) return { ok: true, answer: file.code };
  const problem =
    elision.kind === 'shrunk'
      ? 'Most of the former file was missing. Write the whole file.'
      : `Code was left out ("${elision.text}"). Write the whole file.`;
  return { ok: false, outcome: 'elided', problem };
}
