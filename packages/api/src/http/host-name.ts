import { isIP } from 'node:net';

export interface HostName {
  /** In lower case, without brackets and port. */
  readonly name: string;
  readonly isLoopback: boolean;
  /** An address literal; rebinding needs a name. */
  readonly isAddress: boolean;
}

const hostHeader = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i;

/** Reads a Host header; undefined: it is malformed. */
export function parseHost(header: string | undefined): HostName | undefined {
  const match = hostHeader.exec(header ?? '');
  if (match === null || Number(match[3] ?? 0) > 65_535) return undefined;
  const bracketed = match[1];
  const name = (bracketed ?? match[2] ?? '').toLowerCase().replace(/\.$/, '');
  const kind = isIP(name);
  if (bracketed !== undefined ? kind !== 6 : kind === 6) return undefined;
  return { name, isLoopback: isLoopbackName(name), isAddress: kind !== 0 };
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || isLoopbackAddress(name);
}

/** 127.0.0.0/8, ::1, and IPv4 loopback as an IPv6 address. */
export function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  const bare = address.toLowerCase().startsWith('::ffff:') ? address.slice(7) : address;
  return bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}
