import { help, printable, readCommandLine } from './config.ts';
import { exitCodes } from './errors.ts';
import { fault } from './fault.ts';
import { version } from './version.ts';

// What only tells something, or refuses, is answered from these few modules; each mode loads its own.
async function main(): Promise<number> {
  const command = readCommandLine(process.argv.slice(2), process.env);
  if (command.help || command.version || command.printConfig) {
    const config = () => `${JSON.stringify(printable(command.config), null, 2)}\n`;
    process.stdout.write(command.help ? help : command.version ? `${version}\n` : config());
    return exitCodes.ok;
  }
  if (command.mode === 'demo') {
    const { demo } = await import('./demo/demo.ts');
    return demo(command.config);
  }
  const { serve } = await import('./serve.ts');
  // Whatever is still open after an orderly stop, or a forced one, must not hold the process.
  process.exit(await serve(command));
}

try {
  process.exitCode = await main();
} catch (error) {
  const { message, exitCode } = fault(error);
  process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}
