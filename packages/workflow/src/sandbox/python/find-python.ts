import { z } from 'zod';
import type { Interpreter } from '../confinement.ts';
import { ask, findProgram, isReachable } from '../find-program.ts';
import type { User } from '../inside/supervision.ts';

const question =
  'import json, os, sys\n' +
  'real = os.path.realpath\n' +
  'print(json.dumps({"version": list(sys.version_info[:2]), "prefixes": ' +
  'sorted({sys.prefix, real(sys.prefix), real(sys.base_prefix)})}))';

const answer = z.object({
  version: z.tuple([z.number(), z.number()]),
  prefixes: z.array(z.string()),
});

/** The Python that the sandbox's user can run (3.8 or later), or null. */
export async function findPython(options: {
  /** The interpreter to take, like that of a virtual environment. @default the system's `python3` */
  readonly file?: string | undefined;
  readonly user: User | null;
}): Promise<Interpreter | null> {
  const file = options.file ?? (await findProgram('python3'));
  if (file === null || !(await isReachable(file, options.user))) return null;
  try {
    const { version, prefixes } = answer.parse(JSON.parse(await ask(file, ['-I', '-c', question])));
    const [major, minor] = version;
    if (major !== 3 || minor < 8) return null;
    const folders = prefixes.filter((prefix) => prefix !== '/usr' && !prefix.startsWith('/usr/'));
    for (const folder of folders) if (!(await isReachable(folder, options.user))) return null;
    return { kind: 'python', file, folders };
  } catch {
    return null;
  }
}
