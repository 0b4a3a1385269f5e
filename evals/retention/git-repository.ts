import { spawn } from 'node:child_process';

/** One commit of the first-parent line. */
export interface Commit {
  readonly hash: string;
  readonly subject: string;
  readonly body: string;
}

/** One file as a commit changes it; `null`: it is not there before or after. */
export interface FileChange {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Reads a git repository, bare or not, without a work tree. */
export interface GitRepository {
  /** Newest first. */
  commits(): Promise<readonly Commit[]>;
  files(revision: string): Promise<readonly { readonly path: string; readonly blob: string }[]>;
  /** Blob ids on both sides of each changed path. */
  changes(
    from: string,
    to: string,
  ): Promise<
    readonly {
      readonly path: string;
      readonly before: string | null;
      readonly after: string | null;
    }[]
  >;
  /** Contents by blob id. */
  blobs(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Unified diff of some paths. */
  diff(from: string, to: string, paths: readonly string[]): Promise<string>;
}

export function openRepository(path: string): GitRepository {
  const git = (args: readonly string[], input = '') => run(['-C', path, ...args], input);
  const contents = new Map<string, string>();
  return {
    async commits() {
      const log = await git(['log', '--first-parent', '--format=%H%x1f%s%x1f%b%x1e']);
      return log
        .toString()
        .split('\x1e')
        .map((entry) => entry.trim().split('\x1f'))
        .flatMap(([hash = '', subject = '', body = '']) =>
          hash === '' ? [] : [{ hash, subject, body: body.trim() }],
        );
    },
    async files(revision) {
      const tree = await git(['ls-tree', '-r', '-z', revision]);
      return entries(tree).flatMap((entry) => {
        const match = /^100\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(entry);
        return match?.[1] === undefined ? [] : [{ blob: match[1], path: match[2] ?? '' }];
      });
    },
    async changes(from, to) {
      const raw = await git(['diff-tree', '-r', '-z', '--no-renames', from, to]);
      const fields = entries(raw);
      const changes = [];
      for (let i = 0; i + 1 < fields.length; i += 2) {
        const [, , before = '', after = ''] = (fields[i] ?? '').split(' ');
        const path = fields[i + 1] ?? '';
        changes.push({ path, before: blobOrNull(before), after: blobOrNull(after) });
      }
      return changes;
    },
    async blobs(ids) {
      const missing = [...new Set(ids)].filter((id) => !contents.has(id));
      if (missing.length > 0) {
        const output = await git(['cat-file', '--batch'], `${missing.join('\n')}\n`);
        for (const [id, text] of batchEntries(output)) contents.set(id, text);
      }
      return new Map(ids.map((id) => [id, contents.get(id) ?? '']));
    },
    async diff(from, to, paths) {
      if (paths.length === 0) return '';
      const flags = ['diff', '--no-color', '--no-ext-diff', '--no-renames', '-U3'];
      return (await git([...flags, from, to, '--', ...paths])).toString();
    },
  };
}

function run(args: readonly string[], input: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => out.push(part));
    child.stderr.on('data', (part: Buffer) => err.push(part));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out));
      else reject(new Error(`git ${args.join(' ')}: ${Buffer.concat(err).toString().trim()}`));
    });
    // A git that ends early says why by its exit.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function entries(output: Buffer): readonly string[] {
  return output
    .toString()
    .split('\0')
    .filter((entry) => entry !== '');
}

function blobOrNull(id: string): string | null {
  return /^0+$/.test(id) ? null : id;
}

/** `<id> blob <size>\n<content>\n`, one after the other. */
function* batchEntries(output: Buffer): Generator<readonly [string, string]> {
  let at = 0;
  while (at < output.length) {
    const end = output.indexOf(0x0a, at);
    const [id = '', , size = '0'] = output.subarray(at, end).toString().split(' ');
    const length = Number(size) || 0;
    yield [id, output.subarray(end + 1, end + 1 + length).toString()];
    at = end + 1 + length + 1;
  }
}
