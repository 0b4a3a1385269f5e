import { describe, expect, it } from 'vitest';
import { Admission } from '../src/tasks/admission.ts';

describe('admission', () => {
  it('gives a place back to the request that has waited longest', async () => {
    const admission = new Admission({ maxTasks: 1, waitMs: 60_000 });
    await admission.reserve();
    const order: number[] = [];
    const waiting = [1, 2].map((n) => admission.reserve().then(() => order.push(n)));
    expect(admission.figures()).toEqual({ taken: 1, waiting: 2, limit: 1 });
    admission.release();
    await waiting[0];
    expect(order).toEqual([1]);
    admission.release();
    await waiting[1];
    expect(order).toEqual([1, 2]);
    admission.release();
    expect(admission.figures()).toEqual({ taken: 0, waiting: 0, limit: 1 });
  });

  it('a waiting request can be aborted and leaves nothing behind', async () => {
    const admission = new Admission({ maxTasks: 1, waitMs: 60_000 });
    await admission.reserve();
    const leaving = new AbortController();
    const waiting = admission.reserve(leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    expect(admission.figures().waiting).toBe(0);
  });

  it('a newcomer does not overtake those who wait', async () => {
    const admission = new Admission({ maxTasks: 1, waitMs: 60_000 });
    await admission.reserve();
    const order: string[] = [];
    const first = admission.reserve().then(() => order.push('waited'));
    admission.release();
    const second = admission.reserve().then(() => order.push('new'));
    await first;
    admission.release();
    await second;
    expect(order).toEqual(['waited', 'new']);
  });

  it('refuses with the limit and when to ask again', async () => {
    const admission = new Admission({ maxTasks: 2, waitMs: 0 });
    await admission.reserve();
    await admission.reserve();
    await expect(admission.reserve()).rejects.toMatchObject({
      code: 'NO_ROOM',
      retryAfterSeconds: 1,
      message: expect.stringContaining('limit is 2'),
    });
  });

  it('tasks of an earlier life take their places without asking, above the limit too', async () => {
    const admission = new Admission({ maxTasks: 1, waitMs: 0 });
    admission.occupy();
    admission.occupy();
    await expect(admission.reserve()).rejects.toMatchObject({ code: 'NO_ROOM' });
    admission.release();
    await expect(admission.reserve()).rejects.toMatchObject({ code: 'NO_ROOM' });
    admission.release();
    await admission.reserve();
    expect(admission.figures().taken).toBe(1);
  });

  it('1 000 requests at a limit of 10: never more than 10 at once, each served once, in order', async () => {
    const admission = new Admission({ maxTasks: 10, waitMs: 60_000 });
    const served: number[] = [];
    let inside = 0;
    let peak = 0;
    await Promise.all(
      Array.from({ length: 1_000 }, async (_, n) => {
        await admission.reserve();
        served.push(n);
        inside += 1;
        peak = Math.max(peak, inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
        admission.release();
      }),
    );
    expect(peak).toBe(10);
    expect(served).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
    expect(admission.figures()).toEqual({ taken: 0, waiting: 0, limit: 10 });
  });

  it('closing refuses everyone who waits', async () => {
    const admission = new Admission({ maxTasks: 1, waitMs: 60_000 });
    await admission.reserve();
    const waiting = [1, 2, 3].map(() => admission.reserve());
    admission.refuseAll(new Error('closing'));
    for (const refused of await Promise.allSettled(waiting))
      expect(refused).toMatchObject({ status: 'rejected', reason: { message: 'closing' } });
    expect(admission.figures()).toEqual({ taken: 1, waiting: 0, limit: 1 });
  });
});
