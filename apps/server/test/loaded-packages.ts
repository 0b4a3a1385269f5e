// Preloaded into a server (`node --import`): writes down the packages that it has loaded when it ends.
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const packages = new Set<string>();
registerHooks({
  load(url, context, next) {
    const name = packageOf(url);
    if (name !== undefined) packages.add(name);
    return next(url, context);
  },
});
process.on('exit', () => {
  writeFileSync(process.env.LOADED_PACKAGES ?? '', [...packages].sort().join('\n'));
});

function packageOf(url: string): string | undefined {
  const installed = url.split('/node_modules/').at(-1);
  if (installed !== undefined && installed !== url)
    return /^(?:@[^/]+\/)?[^/]+/.exec(installed)?.[0];
  const own = /\/(?:packages|apps)\/([^/]+)\/src\//.exec(url)?.[1];
  return own === undefined ? undefined : `@org/${own}`;
}
