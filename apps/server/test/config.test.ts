import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../src/config.ts';
import { ConfigError } from '../src/errors.ts';
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

  it('takes no empty value for the default: it refuses it by flag and file, each named', async () => {
    await using data = await dataFolder();
    const file = join(data.path, 'config.json');
    await writeFile(file, JSON.stringify({ host: '', workers: 'many' }));
    expect(() => configured(['--data-dir=', '--port', '', '--config', file])).toThrow(
      new ConfigError(
        [
          `${file}, host: is empty; leave it out for the default`,
          '--port: is empty; leave it out for the default',
          '--data-dir: is empty; leave it out for the default',
          `${file}, workers: "many" is not a whole number`,
        ].join('\n'),
      ),
    );
    expect(() => configured(['--config='])).toThrow('--config: is empty');
    expect(() => configured(['--models', 'mistral:7b,'])).toThrow('--models: has an empty entry');
    expect(() => configured(['--allowed-hosts', ',a'])).toThrow('--allowed-hosts: has an empty');
  });

  it('names the file that has a name that is not a setting', async () => {
    await using data = await dataFolder();
    const file = join(data.path, 'config.json');
    await writeFile(file, JSON.stringify({ 'max-tasks': 4, prot: 1, port: 1_001 }));
    expect(() => configured(['--config', file])).toThrow(
      new ConfigError(
        [
          `${file}, max-tasks: is no setting; --print-config shows all by name`,
          `${file}, prot: is no setting; --print-config shows all by name`,
        ].join('\n'),
      ),
    );
  });

  it('takes an empty environment variable as one that is not set, as shells and containers do', () => {
    const env = { ORCHESTRATOR_DATA_DIR: '', OLLAMA_HOST: '', ORCHESTRATOR_CONFIG: '' };
    expect(configured([], env)).toEqual(configured([]));
  });

  it.each([
    'short',
    'a-passphräse-of-some-length',
    'words with blanks between',
    'a\u200bzero-width-blank',
  ])('takes no token that is too short, or that a header cannot carry as it is: %s', (token) => {
    const refusal = () => configured(['--token', token]);
    expect(refusal).toThrow(
      new ConfigError('--token: must be 16 or more letters, digits and signs of ASCII'),
    );
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
