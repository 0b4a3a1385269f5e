// Saves ever larger graphs with their number as the sequence, and says each number once it is stored.
import { NetworkedCache, OfflineCache } from '../../src/index.ts';

const offline = await OfflineCache.open({ path: process.argv[2] ?? '' });
const cache = await offline.load('t');
for (let i = offline.sequence + 1; ; i++) {
  for (let n = 0; n < 40; n++)
    cache.addNode({ id: `func:f${i}_${n}`, type: 'function', summary: `round ${i} of many` });
  cache.addNode({ id: 'task:t', type: 'task', name: 't', summary: `Save number round${i}` });
  await offline.saveAll(
    [
      { scope: 't', cache },
      { scope: `other-${i % 3}`, cache: NetworkedCache.import(cache.export()) },
    ],
    { sequence: i },
  );
  process.stdout.write(`${i}\n`);
}
