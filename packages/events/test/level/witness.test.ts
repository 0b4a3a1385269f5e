import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLevelEventStore } from '@org/events/level';
import { contractEvents } from '@org/events/testing';
import { describe, expect, it } from 'vitest';
import { note } from '../../src/testing/contract-catalog.ts';
import { temporaryFolder } from './temporary-folder.ts';

const open = (path: string) => openLevelEventStore({ path, catalog: contractEvents });

async function filled(): Promise<string> {
  const path = await temporaryFolder();
  await using store = await open(path);
  for (let n = 1; n <= 10; n++) await store.append('task', note({ n }));
  return path;
}

const damages: Readonly<Record<string, (witness: string) => void>> = {
  'is empty': (witness) => writeFileSync(witness, ''),
  'is garbage': (witness) => writeFileSync(witness, 'what?'),
  'is garbage, longer than a witness': (witness) => writeFileSync(witness, 'x'.repeat(1_000)),
  'was changed in one bit': (witness) => {
    const bytes = readFileSync(witness);
    bytes[12] = (bytes[12] ?? 0) ^ 1;
    writeFileSync(witness, bytes);
  },
  'is a folder': (witness) => {
    rmSync(witness);
    mkdirSync(witness);
  },
};

describe('a witness that is no witness', () => {
  for (const [state, damage] of Object.entries(damages)) {
    it(`since it ${state}: the log is opened, the next append keeps it aside and makes a new one`, async () => {
      const path = await filled();
      const witness = join(path, 'witness');
      damage(witness);
      const isFile = statSync(witness).isFile();
      const found = isFile ? readFileSync(witness, 'hex') : '';
      {
        await using store = await open(path);
        expect(store.opened).toMatchObject({ witness: 'damaged', head: { sequence: 10 } });
        expect(readdirSync(path)).toContain('witness');
        await store.append('task', note({ n: 11 }));
      }
      const aside = join(path, 'witness.damaged-before-11');
      expect(statSync(aside).isFile()).toBe(isFile);
      if (isFile) expect(readFileSync(aside, 'hex')).toBe(found);
      await using store = await open(path);
      expect(store.opened).toMatchObject({ witness: 'present', head: { sequence: 11 } });
      expect(await store.verify()).toMatchObject({ ok: true, events: 11 });
    });
  }
});
