import { posix } from 'node:path';
import type { GivenFile, Language, PlannedModule } from '@org/events';
import { languageOf } from '../language.ts';
import { checkFileName } from '../workspace/file-name.ts';
import { mentionsModule } from './given-tests.ts';
import { dependencyCycle } from './module-order.ts';

/** Modules a plan may have. */
export const maxModules = 12;

/**
 * What is wrong with a plan, in words for the model; empty when it is fine.
 *
 * Refused: no modules or too many, bad or repeated file names, test files, files of another language,
 * dependencies that are unknown, the module itself, repeated or circular, and given tests of which no
 * module is imported.
 */
export function planFaults(
  plan: readonly PlannedModule[],
  task: { readonly language: Language; readonly files: readonly GivenFile[] },
): readonly string[] {
  const faults: string[] = [];
  if (plan.length === 0) faults.push('The plan has no modules.');
  if (plan.length > maxModules)
    faults.push(`The plan has ${plan.length} modules; at most ${maxModules} are allowed.`);
  const names = plan.map((module) => module.name);
  const sources = task.files.filter((file) => file.kind === 'source').map((file) => file.path);
  const tests = new Set(task.files.filter((f) => f.kind === 'test').map((f) => f.path));
  for (const module of plan) {
    const name = checkFileName(module.name, { language: task.language });
    if (!name.ok) faults.push(`The file name ${name.reason}.`);
    else if (languageOf(module.name) !== task.language)
      faults.push(`"${module.name}" is not a ${task.language} source file.`);
    if (isTestFile(module.name) || tests.has(module.name))
      faults.push(`"${module.name}" is a test file; the plan lists source files only.`);
    if (module.purpose.trim() === '') faults.push(`"${module.name}" has no purpose.`);
    faults.push(...dependencyFaults(module, [...names, ...sources]));
  }
  for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index)))
    faults.push(`"${name}" is listed more than once.`);
  const cycle = dependencyCycle(plan);
  if (cycle !== null && new Set(cycle).size > 1)
    faults.push(`The dependencies go in a circle: ${cycle.join(' -> ')}.`);
  for (const file of task.files) {
    if (
      file.kind === 'test' &&
      plan.length > 0 &&
      !names.some((n) => mentionsModule(file.content, n))
    )
      faults.push(
        `The given test ${file.path} imports none of the planned files; plan the files it imports.`,
      );
  }
  return faults;
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
