import { describe, expect, it } from 'vitest';
import { runConformance } from '../conformance/run.ts';

const required = 30;

describe('the official MCP conformance suite', () => {
  it(`passes all ${required} scenarios that 2025-11-25 requires`, async () => {
    const { exitCode, output } = await runConformance('2025-11-25');
    const summary = output.slice(output.indexOf('=== SUMMARY ==='));
    const scored = summary.slice(0, summary.indexOf('Not scored'));
    const unscored = ['server-session-lifecycle', 'json-schema-2020-12', 'server-sse-polling'];
    const passed = [...scored.matchAll(/^✓ ([\w-]+): /gm)].filter(
      ([, name = '']) => !unscored.includes(name),
    );
    expect(passed, output).toHaveLength(required);
    expect(exitCode).toBe(0);
  });
});
