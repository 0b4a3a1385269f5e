import { writeFileSync } from 'node:fs';
import { Socket } from 'node:net';

/**
 * How results are printed.
 *
 * @param onReaderGone there is nobody left to write for (`| head`), and nothing wrong
 */
export function standardOutput(onReaderGone: () => void): (text: string) => Promise<void> {
  const { stdout } = process;
  if (!(stdout instanceof Socket)) return printToFile;
  const isReaderGone = (error: NodeJS.ErrnoException) => error.code === 'EPIPE';
  stdout.on('error', (error) => {
    if (isReaderGone(error)) onReaderGone();
  });
  return (text) =>
    new Promise((resolve, reject) => {
      const hasRoom = stdout.write(text, (error) =>
        error && !isReaderGone(error) ? reject(error) : resolve(),
      );
      if (hasRoom) resolve();
    });
}

/** Not through the stream: of what a disk that fills up takes in part, it says that it was written. */
async function printToFile(text: string): Promise<void> {
  writeFileSync(1, text);
}
