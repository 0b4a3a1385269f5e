import { expect, it } from 'vitest';
import { createServerMetrics } from '../src/metrics.ts';

it('no figure of memory in use tells more than is resident', async () => {
  const figures = await createServerMetrics().registry.getMetricsAsJSON();
  const inUse = figures
    .filter(({ name }) => /_bytes$/.test(name) && !/space|virtual|total/.test(name))
    .map(({ name, values }) => ({ name, value: values[0]?.value ?? Number.NaN }));
  const resident = inUse.find(({ name }) => name === 'process_resident_memory_bytes');
  expect(inUse.map(({ name }) => name)).toContain('nodejs_heap_size_used_bytes');
  for (const { name, value } of inUse)
    expect(value, name).toBeLessThanOrEqual(resident?.value ?? 0);
});
