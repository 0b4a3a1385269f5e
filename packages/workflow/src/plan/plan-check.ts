import { posix } from 'node:path';
import type { GivenFile, Language, PlannedModule } from '@org/events';
import { languageOf } from '../language.ts';
import { checkFileName } from '../workspace/file-name.ts';
import { mentionsModule } from './given-tests.ts';
import { dependencyCycle } from './module-order.ts';
import { hidesStandardModule } from './python-modules.ts';

/** Modules a plan may have. */
export const maxModules = 12;

/**
 * What is wrong with a plan, in words for the model; empty when it is fine.
 *
 * Refused: no modules or too many, bad or repeated file names, test files, files of another language, names
 * of Python's own modules unless a given test imports them, dependencies that are unknown, the module
 * itself, repeated or circular, and given tests of which no module is imported.
 */
export function planFaults(
  plan: readonly PlannedModule[],
  task: { readonly language: Language; readonly files: readonly GivenFile[] },
): readonly string[] {
  if (plan.length === 0) return ['The plan has no modules.'];
  if (plan.length > maxModules)
    return [`The plan has ${plan.length} modules; at most ${maxModules} are allowed.`];
  const faults: string[] = [];
  const names = plan.map((module) => module.name);
  const sources = task.files.filter((file) => file.kind === 'source').map((file) => file.path);
  const givenTests = task.files.filter((file) => file.kind === 'test');
  const tests = new Set(givenTests.map((file) => file.path));
  for (const module of plan) {
    const name = checkFileName(module.name, { language: task.language });
    if (!name.ok) faults.push(`The file name ${name.reason}.`);
    else if (languageOf(module.name) !== task.language)
      faults.push(`"${module.name}" is not a ${task.language} source file.`);
    if (isTestFile(module.name) || tests.has(module.name))
      faults.push(`"${module.name}" is a test file; the plan lists source files only.`);
    if (
      task.language === 'python' &&
      hidesStandardModule(module.name) &&
      !givenTests.some((file) => mentionsModule(file.content, module.name))
    )
      faults.push(`"${module.name}" is named like a module of Python itself; name it otherwise.`);
    if (module.purpose.trim() === '') faults.push(`"${module.name}" has no purpose.`);
    faults.push(...dependencyFaults(module, [...names, ...sources]));
  }
  for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index)))
    faults.push(`"${name}" is listed more than once.`);
  for (const [name, other] of caseTwins([...new Set([...names, ...sources, ...tests])]))
    faults.push(`"${name}" and "${other}" differ in case only.`);
  const cycle = dependencyCycle(plan);
  if (cycle !== null && new Set(cycle).size > 1)
    faults.push(`The dependencies go in a circle: ${cycle.join(' -> ')}.`);
  for (const file of givenTests) {
    if (!names.some((name) => mentionsModule(file.content, name)))
      faults.push(
        `The given test ${file.path} imports none of the planned files; plan the files it imports.`,
      );
  }
  return faults;
}

/** Names that a file system which folds case would take for one, each with the first such. */
export function caseTwins(names: readonly string[]): readonly (readonly [string, string])[] {
  const firsts = new Map<string, string>();
  return names.flatMap((name) => {
    const folded = name.toLowerCase();
    const first = firsts.get(folded);
    if (first === undefined) firsts.set(folded, name);
    return first === undefined ? [] : [[first, name] as const];
  });
}

function dependencyFaults(module: PlannedModule, known: readonly string[]): readonly string[] {
  const faults: string[] = [];
  for (const dependency of module.dependsOn) {
    if (dependency === module.name) faults.push(`"${module.name}" depends on itself.`);
    else if (!known.includes(dependency))
      faults.push(`"${module.name}" depends on "${dependency}", which is no module of the plan.`);
  }
  if (new Set(module.dependsOn).size < module.dependsOn.length)
    faults.push(`"${module.name}" names a dependency twice.`);
  return faults;
}

function isTestFile(path: string): boolean {
  return /\.(test|spec)\.\w+$|^test_.*\.py$|_test\.py$/.test(posix.basename(path));
}
