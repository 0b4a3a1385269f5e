import { createMemoryEventStore, exportNdjson, importNdjson } from '@org/events';
import { expect, it } from 'vitest';
import { contractEvents, note } from '../../src/testing/contract-catalog.ts';

async function exported(): Promise<string> {
  const store = createMemoryEventStore(contractEvents);
  await store.append('task', [note({ n: 1 }), note({ n: 2 })]);
  let lines = '';
  for await (const line of exportNdjson(store)) lines += line;
  return lines;
}

it('what is no UTF-8 text is refused as no export, with its line', async () => {
  const [first = '', second = ''] = (await exported()).split('\n');
  const chunks = [Buffer.from(`${first}\n${second.slice(0, 10)}`), Buffer.of(0xff, 0xfe)];
  const store = createMemoryEventStore(contractEvents);
  await expect(importNdjson(store, chunks)).rejects.toMatchObject({
    code: 'INVALID_EVENT',
    message: 'line 2 or what follows is no UTF-8 text',
  });
  const cutOff = [Buffer.from(`${first}\n`), Buffer.of(0xe2, 0x82)];
  await expect(importNdjson(store, cutOff)).rejects.toMatchObject({ code: 'INVALID_EVENT' });
});

it('what has no line end, however long, is read once', async () => {
  function* endless() {
    const chunk = 'x'.repeat(16_384);
    for (let n = 0; n < 6_400; n++) yield chunk;
  }
  const store = createMemoryEventStore(contractEvents);
  await expect(importNdjson(store, endless())).rejects.toMatchObject({ code: 'INVALID_EVENT' });
});
