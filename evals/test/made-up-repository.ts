import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const types = `/** Whom we know. */
export interface User {
  id: Id;
  firstName: string;
  lastName: string;
}
export type Id = string | number;
`;

const store = `import type { Id, User } from './types.ts';

const users = new Map<Id, User>();

export function loadUser(id: Id): User | undefined {
  return users.get(id);
}

export function saveUser(user: User): void {
  users.set(user.id, user);
}
`;

const format = `import type { User } from './types.ts';

export function formatName(user: User, options: FormatOptions = {}): string {
  return options.short ? user.lastName : user.firstName + ' ' + user.lastName;
}

export interface FormatOptions {
  short?: boolean;
}
`;

const app = `import { loadUser } from './store.ts';

export function run(id: string): string {
  const user = loadUser(id);
  return user === undefined ? 'nobody' : user.lastName;
}
`;

const test = `import { run } from '../src/app.ts';
it('greets', () => { run('1'); });
`;

/** A git repository of nine commits, the last of which needs signatures, reasons, a test and an exact line. */
export function makeRepository(folder: string): void {
  git(folder, 'init', '--quiet', '--initial-branch=main');
  commit(folder, 'feat: users and their store', { 'src/types.ts': types, 'src/store.ts': store });
  commit(folder, 'feat: names in two forms', { 'src/format.ts': format });
  commit(folder, 'feat: an application that greets', {
    'src/app.ts': app,
    'test/app.test.ts': test,
  });
  for (let i = 1; i <= 4; i++)
    commit(folder, `fix: note number ${i} about how names are formatted`, {
      'src/format.ts': `${format}// note ${i}\n`,
    });
  commit(folder, 'fix: keep the store from losing users', {
    'src/store.ts': store.replace('return users.get(id);', 'return users.get(id) ?? undefined;'),
  });
  commit(folder, 'feat: greet by the whole name and remember the user', {
    'src/app.ts': app
      .replace(
        "import { loadUser } from './store.ts';",
        "import { formatName } from './format.ts';\nimport { loadUser, saveUser } from './store.ts';",
      )
      .replace(': user.lastName;', ': formatName(user);')
      .replace('  return user', '  if (user !== undefined) saveUser(user);\n  return user'),
    'src/store.ts': store.replace('return users.get(id);', 'return users.get(String(id));'),
    'test/app.test.ts': test.replace("'1'", "'2'"),
  });
}

function commit(folder: string, message: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', message);
}

function git(folder: string, ...args: readonly string[]): void {
  execFileSync('git', ['-C', folder, ...args], {
    env: {
      ...process.env,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
      GIT_AUTHOR_NAME: 'A',
      GIT_AUTHOR_EMAIL: 'a@example.com',
      GIT_COMMITTER_NAME: 'A',
      GIT_COMMITTER_EMAIL: 'a@example.com',
      GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
      GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
    },
  });
}
