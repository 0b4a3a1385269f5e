import { startOllamaStandIn } from '/work/wt/start/packages/models/src/testing/index.ts';

const s = await startOllamaStandIn({ port: 18434 } as never);
console.log(s.url);
process.on('SIGTERM', () => process.exit(0));
setInterval(() => {}, 1e6);
