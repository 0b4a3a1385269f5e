import { describe, expect, it } from 'vitest';
import { isModelError } from '../src/index.ts';
import { parseOllamaHost } from '../src/ollama/index.ts';

describe('parseOllamaHost reads OLLAMA_HOST as Ollama does', () => {
  it.each([
    [undefined, 'http://127.0.0.1:11434'],
    ['', 'http://127.0.0.1:11434'],
    ['  ', 'http://127.0.0.1:11434'],
    ['example.com', 'http://example.com:11434'],
    ['"example.com"', 'http://example.com:11434'],
    ['1.2.3.4:5678', 'http://1.2.3.4:5678'],
    [':1234', 'http://127.0.0.1:1234'],
    ['http://1.2.3.4', 'http://1.2.3.4:80'],
    ['https://1.2.3.4', 'https://1.2.3.4:443'],
    ['https://1.2.3.4:8443/', 'https://1.2.3.4:8443'],
    ['HTTP://Example.com:99', 'http://Example.com:99'],
    ['http://example.com/ollama/', 'http://example.com:80/ollama'],
    ['example.com/ollama', 'http://example.com:11434/ollama'],
    ['::1', 'http://[::1]:11434'],
    ['[::1]', 'http://[::1]:11434'],
    ['[::1]:1337', 'http://[::1]:1337'],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['0.0.0.0:1234', 'http://127.0.0.1:1234'],
    ['http://0.0.0.0:1234', 'http://127.0.0.1:1234'],
    ['[::]:1234', 'http://[::1]:1234'],
    ['http://', 'http://127.0.0.1:80'],
    ['ollama.com', 'https://ollama.com:443'],
  ])('%s → %s', (value, address) => {
    expect(parseOllamaHost(value)).toBe(address);
  });

  it.each(['ftp://example.com', 'example.com:abc', 'example.com:70000', 'a b', 'x:1:2'])(
    'refuses %s by name',
    (value) => {
      try {
        parseOllamaHost(value);
        expect.unreachable();
      } catch (error) {
        expect(isModelError(error, 'INVALID_REQUEST') && error.field).toBe('OLLAMA_HOST');
      }
    },
  );

  it('refuses credentials without repeating them', () => {
    expect(() => parseOllamaHost('http://me:secret@example.com')).toThrow(/headers/);
    expect(() => parseOllamaHost('http://me:secret@example.com')).not.toThrow(/secret/);
  });
});
