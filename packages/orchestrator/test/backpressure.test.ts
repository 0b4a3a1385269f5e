import { describe, expect, it } from 'vitest';
import {
  type BackpressureAlert,
  BackpressureMonitor,
  type BackpressureMonitorOptions,
  TaskOrchestrator,
} from '../src/index.ts';
import { FakeClock, heldWork, nextTurn } from '../src/testing/index.ts';

/** A monitor over a figure that the test sets. */
function watch(options: BackpressureMonitorOptions = {}) {
  const clock = new FakeClock();
  const alerts: string[] = [];
  const details: BackpressureAlert[] = [];
  let read = (): number => 0;
  const monitor = new BackpressureMonitor(
    { stats: () => ({ utilisation: read() }) },
    { clock, ...options },
  );
  monitor.on('alert', (alert) => {
    details.push(alert);
    alerts.push(`${clock.now()} ${alert.previous} → ${alert.level}`);
  });
  const at = (share: number): void => {
    read = () => share;
    monitor.check();
  };
  const broken = (error: unknown): void => {
    read = () => {
      throw error;
    };
    monitor.check();
  };
  return { clock, monitor, alerts, details, at, broken };
}

describe('BackpressureMonitor', () => {
  it('gate 2.9: alerts at 80 % and 100 %, none below, none repeated while it oscillates between 79 % and 81 %', async () => {
    const { clock, alerts, at } = watch();
    for (let share = 0; share < 80; share += 1) at(share / 100);
    expect(alerts).toEqual([]);
    at(0.8);
    expect(alerts).toEqual(['0 ok → warning']);
    for (let round = 0; round < 1_000; round += 1) {
      at(round % 2 === 0 ? 0.79 : 0.81);
      await clock.advance(10);
    }
    expect(alerts).toEqual(['0 ok → warning']);
    at(0.99);
    expect(alerts).toHaveLength(1);
    at(1);
    expect(alerts).toEqual(['0 ok → warning', '10000 warning → critical']);
  });

  it('goes straight to critical when the queue fills in one step', () => {
    const { alerts, at } = watch();
    at(1);
    expect(alerts).toEqual(['0 ok → critical']);
  });

  it('clears below 70 %, at once on a rapid drain', async () => {
    const { clock, alerts, monitor, at } = watch();
    at(0.85);
    at(0.7);
    expect(monitor.level).toBe('warning');
    at(0.699);
    expect(alerts).toEqual(['0 ok → warning', '0 warning → ok']);
    await clock.advance(5_000);
    at(1);
    at(0);
    expect(alerts.slice(2)).toEqual(['5000 ok → critical', '5000 critical → ok']);
  });

  it('is not critical any more below 80 %, without an alert for it', () => {
    const { alerts, monitor, at } = watch();
    at(1);
    at(0.9);
    expect(monitor.level).toBe('critical');
    at(0.79);
    expect(monitor.level).toBe('warning');
    expect(alerts).toEqual(['0 ok → critical']);
  });

  it('gives at most one alert a second per level, the held back one if it still holds', async () => {
    const { clock, alerts, at } = watch();
    for (let round = 0; round < 50; round += 1) {
      at(0.85);
      await clock.advance(50);
      at(0.1);
      await clock.advance(50);
    }
    const warnings = alerts.filter((alert) => alert.endsWith('warning'));
    expect(warnings).toEqual([0, 1_000, 2_000, 3_000, 4_000].map((time) => `${time} ok → warning`));
    await clock.advance(5_000);
    alerts.length = 0;
    at(1);
    at(0);
    await clock.advance(100);
    at(1);
    expect(alerts).toHaveLength(2);
    await clock.advance(900);
    expect(alerts[2]).toBe(`${clock.now()} ok → critical`);
  });

  it('drops a held back alert that no longer holds, and never tells one below 80 %', async () => {
    const { clock, alerts, details, at } = watch();
    at(0.85);
    at(0);
    at(0.85);
    at(0.75);
    await clock.advance(2_000);
    expect(alerts).toEqual(['0 ok → warning', '0 warning → ok']);
    for (const { level, utilisation } of details) {
      if (level !== 'ok') expect(utilisation).toBeGreaterThanOrEqual(0.8);
    }
  });

  it('reports a source that throws once as unavailable, and recovers', () => {
    const { alerts, details, monitor, at, broken } = watch();
    broken(new Error('gone'));
    broken(new Error('gone'));
    expect(monitor.level).toBe('unavailable');
    expect(alerts).toEqual(['0 ok → unavailable']);
    expect(details[0]).toMatchObject({ error: { message: 'gone' }, utilisation: Number.NaN });
    at(0.5);
    expect(alerts).toEqual(['0 ok → unavailable', '0 unavailable → ok']);
    at(0.9);
    expect(monitor.level).toBe('warning');
  });

  it('recovers into the level that then holds', () => {
    const { alerts, at, broken } = watch();
    broken(undefined);
    at(1);
    expect(alerts).toEqual(['0 ok → unavailable', '0 unavailable → critical']);
  });

  it.each([undefined, null, {}, { utilisation: Number.NaN }, { utilisation: 'full' }])(
    'takes figures of %o for unavailable',
    (figures) => {
      const source = { stats: () => figures } as { stats(): { utilisation: number } };
      const monitor = new BackpressureMonitor(source);
      monitor.check();
      expect(monitor.level).toBe('unavailable');
    },
  );

  it('survives a listener that throws', () => {
    const errors: unknown[] = [];
    const { alerts, monitor, at } = watch({ onListenerError: (error) => errors.push(error) });
    monitor.on('alert', () => {
      throw new Error('bad listener');
    });
    at(1);
    expect(alerts).toHaveLength(1);
    expect(errors).toMatchObject([{ message: 'bad listener' }]);
  });

  it('tells nothing after close, and leaves no timer', () => {
    const { clock, alerts, monitor, at } = watch();
    at(1);
    at(0);
    at(1);
    expect(clock.pendingTimers).toBe(1);
    monitor.close();
    monitor.close();
    at(0);
    expect(clock.pendingTimers).toBe(0);
    expect(alerts).toHaveLength(2);
  });

  it.each([
    { warnAt: 0.5 },
    { clearBelow: 0 },
    { criticalAt: 0.7 },
    { minIntervalMs: -1 },
    { warnAt: Number.NaN },
  ])('refuses %o', (options) => {
    expect(() => new BackpressureMonitor({ stats: () => ({ utilisation: 0 }) }, options)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });
});

describe('the monitor of an orchestrator', () => {
  it('is driven by its queue, each orchestrator by its own', async () => {
    const clock = new FakeClock();
    const one = new TaskOrchestrator({ clock, maxQueueSize: 10, maxConcurrent: 1 });
    const other = new TaskOrchestrator({ clock, maxQueueSize: 10, maxConcurrent: 1 });
    const seen: string[] = [];
    one.on('backpressure', ({ level }) => seen.push(level));
    other.on('backpressure', ({ level }) => seen.push(`other: ${level}`));
    const work = heldWork();
    for (let number = 0; number < 1 + 7; number += 1) one.submit({ run: work.run });
    await nextTurn();
    expect(one.stats().queued).toBe(7);
    one.submit({ run: work.run });
    await nextTurn();
    expect(seen).toEqual(['warning']);
    for (let number = 0; number < 5; number += 1) one.submit({ run: work.run });
    expect(seen).toEqual(['warning', 'critical']);
    while (work.active > 0) {
      work.release();
      await nextTurn();
    }
    expect(seen).toEqual(['warning', 'critical', 'ok']);
    expect(one.backpressure.level).toBe('ok');
  });

  it('clears when the queue is emptied by cancelling', async () => {
    const orchestrator = new TaskOrchestrator({ maxQueueSize: 5 });
    orchestrator.pause();
    const seen: string[] = [];
    orchestrator.on('backpressure', ({ level }) => seen.push(level));
    const handles = Array.from({ length: 5 }, () => orchestrator.submit({ run: () => {} }));
    for (const handle of handles) handle.cancel();
    expect(seen).toEqual(['warning', 'critical', 'ok']);
  });
});
