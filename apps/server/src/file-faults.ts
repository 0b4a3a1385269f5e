/** What is wrong with a file, and what helps beside another data folder. */
type Fault = readonly [wrong: string, remedy?: string];

const notAllowed: Fault = ['may not be used by this user', 'rights to read and write it'];

/** By the code of what the operating system refused. */
const faults: Readonly<Record<string, Fault>> = {
  EACCES: notAllowed,
  EPERM: notAllowed,
  EROFS: ['lies on a file system that cannot be written'],
  EEXIST: ['is a file, where a folder is needed', 'moving it away'],
  EISDIR: ['is a folder, where a file is needed', 'moving it away'],
  ENOTDIR: ['is a file, or lies below one'],
  ENOENT: ['is not there and cannot be made'],
  ELOOP: ['is a link that leads to itself'],
  ENAMETOOLONG: ['has too long a name'],
  ENOSPC: ['lies on a disk that is full', 'room on it'],
  EDQUOT: ['lies on a disk of which this user may use no more', 'room on it'],
};

/** What the operating system refuses of a file, and what helps, in words; undefined for any other error. */
export function fileFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path, syscall } = Object.fromEntries(Object.entries(error));
  const fault = typeof code === 'string' ? faults[code] : undefined;
  // A program that cannot be run has a path too.
  const isFile = typeof path === 'string' && !String(syscall).startsWith('spawn');
  if (fault === undefined || !isFile) return fileFault(error.cause);
  const [wrong, remedy] = fault;
  const helps = remedy === undefined ? '' : `${remedy}, or `;
  return `${path} ${wrong}. What helps: ${helps}another data folder (--data-dir).`;
}
