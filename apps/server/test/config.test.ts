import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../src/config.ts';
import { dataFolder } from './server-process.ts';

const configured = (argv: readonly string[], env: Record<string, string> = {}) =>
  readCommandLine(argv, env).config;

describe('configuration', () => {
  it('comes by flags, environment and file: flags win over the environment, that over the file', async () => {
    await using data = await dataFolder();
    const file = join(data.path, 'config.json');
    await writeFile(file, JSON.stringify({ port: 1_001, logLevel: 'warn', workers: 7 }));
    const env = {
      ORCHESTRATOR_CONFIG: file,
      ORCHESTRATOR_PORT: '1002',
      ORCHESTRATOR_LOG_LEVEL: 'error',
    };
    expect(configured(['--port', '1003'], env)).toMatchObject({
      port: 1_003,
      logLevel: 'error',
      workers: 7,
      maxConcurrent: 5,
    });
    expect(configured(['--config', file])).toMatchObject({ port: 1_001, logLevel: 'warn' });
  });

  it.each([
    ['10.1.2.3', 'http://10.1.2.3:11434'],
    ['box.lan:8080', 'http://box.lan:8080'],
    [':9999', 'http://127.0.0.1:9999'],
    ['https://ollama.example', 'https://ollama.example:443'],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['[::1]:1234', 'http://[::1]:1234'],
  ])('reads OLLAMA_HOST as Ollama’s own clients do: %s is %s', (value, url) => {
    expect(configured([], { OLLAMA_HOST: value }).ollamaHost).toBe(url);
  });

  it('is one mode: stdio without a flag, --http, --express, demo', () => {
    const mode = (...argv: string[]) => readCommandLine(argv, {}).mode;
    expect([mode(), mode('--http'), mode('--express'), mode('demo')]).toEqual([
      'stdio',
      'http',
      'express',
      'demo',
    ]);
    expect(() => mode('--http', '--express')).toThrow('Only one of');
  });
});
