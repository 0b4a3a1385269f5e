/**
 * The receivers of `broadcast.ts`: raw sockets in a process of their own. The first of a group counts
 * events; the others have what it has as soon as they have as many bytes, so that reading costs them
 * next to nothing.
 */
import { connect } from 'node:net';

interface Group {
  readonly size: number;
  expected: number;
  /** Bytes that each client has had in this round. */
  readonly bytes: number[];
  /** What the first client had when it had all that is expected; null: not yet. */
  goal: number | null;
  isDone: boolean;
}

type Order =
  | {
      readonly open: string;
      readonly port: number;
      readonly size: number;
      readonly protocol: string;
    }
  | { readonly expect: string; readonly count: number };

const groups = new Map<string, Group>();

process.on('message', (order: Order) => void obey(order));

async function obey(order: Order): Promise<void> {
  if ('open' in order) {
    const group: Group = {
      size: order.size,
      expected: 0,
      bytes: Array.from({ length: order.size }, () => 0),
      goal: null,
      isDone: true,
    };
    groups.set(order.open, group);
    for (let n = 0; n < order.size; n += 1) await openClient(order, group, n);
    process.send?.({ opened: true });
    return;
  }
  const group = groups.get(order.expect);
  if (group === undefined) return;
  group.goal = null;
  group.isDone = false;
  group.bytes.fill(0);
  group.expected += order.count;
  process.send?.({ expecting: true });
}

function openClient(
  order: Extract<Order, { open: string }>,
  group: Group,
  which: number,
): Promise<void> {
  const isSocketIo = order.protocol === 'socket.io';
  const path = isSocketIo ? '/socket.io/?EIO=4&transport=websocket' : '/ws/task?after_sequence=1';
  return new Promise((resolve, reject) => {
    const socket = connect(order.port, '127.0.0.1', () => {
      const protocol = order.protocol.startsWith('coding')
        ? `Sec-WebSocket-Protocol: ${order.protocol}\r\n`
        : '';
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${order.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n${protocol}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      );
    });
    let rest: Buffer = Buffer.alloc(0);
    let isOpen = false;
    let events = 0;
    let isReady = false;
    const ready = () => {
      isReady = true;
      resolve();
    };
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      if (isReady) {
        group.bytes[which] = (group.bytes[which] ?? 0) + chunk.length;
        if (which > 0) {
          finishIfAllHave(group);
          return;
        }
      }
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      if (!isOpen) {
        const end = rest.indexOf('\r\n\r\n');
        if (end < 0) return;
        if (!rest.toString('latin1').startsWith('HTTP/1.1 101')) {
          reject(new Error(rest.toString('latin1').slice(0, 200)));
          return;
        }
        rest = rest.subarray(end + 4);
        isOpen = true;
        if (isSocketIo) socket.write(maskedText('40'));
        else if (order.protocol === '') ready();
      }
      for (let frame = nextFrame(rest); frame; frame = nextFrame(rest)) {
        rest = frame.rest;
        const count = eventsIn(frame.payload, ready);
        if (count === 0) continue;
        events += count;
        if (events !== group.expected) continue;
        group.goal = group.bytes[0] ?? 0;
        finishIfAllHave(group);
      }
    });
  });
}

function finishIfAllHave(group: Group): void {
  const { goal } = group;
  if (group.isDone || goal === null || !group.bytes.every((bytes) => bytes >= goal)) return;
  group.isDone = true;
  process.send?.({ at: String(process.hrtime.bigint()) });
}

/** How many events a frame holds; the last one of the opening says that it is open. */
function eventsIn(payload: Buffer, opened: () => void): number {
  const first = payload[0];
  if (first === 0x7b) {
    if (payload.includes('"waiting"')) opened();
    return payload.includes('"type":"event"') ? 1 : 0;
  }
  if (payload.toString('latin1', 0, 2) === '40') opened();
  return payload.toString('latin1', 0, 2) === '42' ? 1 : 0;
}

function nextFrame(bytes: Buffer): { readonly payload: Buffer; readonly rest: Buffer } | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const head = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < head) return undefined;
  const length =
    short === 126 ? bytes.readUInt16BE(2) : short === 127 ? bytes.readUInt32BE(6) : short;
  if (bytes.length < head + length) return undefined;
  return { payload: bytes.subarray(head, head + length), rest: bytes.subarray(head + length) };
}

/** A text frame as a client sends it, masked with zeros. */
function maskedText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}
