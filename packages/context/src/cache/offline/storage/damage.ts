/** A row does not have the content that was written under its key. */
export class DamagedRowError extends Error {
  readonly key: string;

  constructor(key: string) {
    super(`the row ${key} does not have its checksum`);
    this.name = 'DamagedRowError';
    this.key = key;
  }
}

/** A folder has not all that LevelDB left in it. */
export class DamagedFolderError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DamagedFolderError';
  }
}

/** Whether what is stored cannot be read, rather than that it cannot be reached. */
export function isDamage(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  if (cause instanceof DamagedRowError || cause instanceof DamagedFolderError) return true;
  if (cause instanceof SyntaxError) return true;
  if ('code' in cause && cause.code === 'LEVEL_CORRUPTION') return true;
  // LevelDB maps its tables into memory: one that was cut short gives it an argument that is not valid.
  if (isIoError(cause) && /: (?:No such file or directory|Invalid argument)$/.test(cause.message))
    return true;
  return isDamage(cause.cause);
}

/** Whether LevelDB could not read or write a file. */
export function isIoError(cause: Error): boolean {
  return 'code' in cause && cause.code === 'LEVEL_IO_ERROR';
}
