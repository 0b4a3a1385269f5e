import { isIP } from 'node:net';
import { InvalidRequestError } from '../errors.ts';

/**
 * The address to reach Ollama at, from what `OLLAMA_HOST` says, read as Ollama's own clients read it.
 *
 * Without a scheme it is `http` and port 11434; with one, that scheme's port. An address that can
 * only be listened on (`0.0.0.0`, `::`) becomes the loopback address. Nothing, or blanks: the default.
 *
 * @returns scheme, host and port, and a path if there is one, without a slash at the end
 * @throws InvalidRequestError when it is no address, or holds credentials (pass those as headers)
 */
export function parseOllamaHost(value: string | undefined): string {
  const text = (value ?? '')
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2')
    .trim();
  const explicit = /^(https?):\/\/(.*)$/i.exec(text);
  if (explicit === null && text.includes('://'))
    throw invalid(text, 'only http and https are known');
  const isCloud = text === 'ollama.com';
  const scheme = isCloud ? 'https' : (explicit?.[1]?.toLowerCase() ?? 'http');
  const defaultPort = explicit ? (scheme === 'https' ? '443' : '80') : isCloud ? '443' : '11434';
  const rest = explicit?.[2] ?? text;
  if (rest.includes('@')) throw invalid('…', 'credentials belong into headers');
  const slash = rest.indexOf('/');
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '' : rest.slice(slash).replace(/\/+$/, '');
  const { host, port } = splitAuthority(authority, defaultPort);
  if (!/^\d+$/.test(port) || Number(port) > 65_535) throw invalid(text, `"${port}" is no port`);
  const name = connectable(host);
  const address = `${scheme}://${isIP(name) === 6 ? `[${name}]` : name}:${Number(port)}${path}`;
  if (!URL.canParse(address)) throw invalid(text, 'no address');
  return address;
}

function splitAuthority(authority: string, defaultPort: string): { host: string; port: string } {
  const bare = authority.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) !== 0) return { host: bare, port: defaultPort };
  const match = /^(?:\[(?<six>[^\]]*)\]|(?<name>[^:]*))(?::(?<port>.*))?$/.exec(authority);
  const host = match?.groups?.six ?? match?.groups?.name;
  if (host === undefined) throw invalid(authority, 'no address');
  return { host: host === '' ? '127.0.0.1' : host, port: match?.groups?.port ?? defaultPort };
}

/** Ollama's own clients do the same: one cannot connect to the address one listens on everywhere. */
function connectable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return isIP(host) === 6 && /^[0:]+$/.test(host) ? '::1' : host;
}

function invalid(value: string, detail: string): InvalidRequestError {
  return new InvalidRequestError({ field: 'OLLAMA_HOST', detail: `"${value}": ${detail}` });
}
