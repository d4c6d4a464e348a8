/** Layers, origins, positions and refusals of the configuration. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConfigError, examineConfig, loadConfig } from '../../src/config/index.ts';

let root: string;
let env: Record<string, string>;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'keystone-config-')));
  env = { XDG_CONFIG_HOME: join(root, 'xdg') };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}
const load = (options: Parameters<typeof loadConfig>[0] = {}) => loadConfig({ cwd: root, env, ...options });
function problemsOf(text: string) {
  write('.keystone/config.yaml', text);
  return examineConfig({ cwd: root, env }).problems.flatMap((file) => file.diagnostics);
}

describe('layers', () => {
  test('without files, variables and flags every value is the documented default', () => {
    const { config, origins } = load();
    expect(config).toMatchObject({
      projectRoot: root,
      concurrency: cpus().length * 4,
      pools: {},
      storage: { path: join(root, '.keystone/state.db'), durability: 'full', blobThresholdKb: 64 },
      wait: { foregroundMs: 300_000 },
      inspect: { port: 0, open: true },
      ui: { refreshMs: 100, color: 'auto' },
    });
    expect([...origins.values()].every(({ source }) => source === 'default')).toBe(true);
  });

  test('flag beats variable beats project beats user beats default, key by key, and each origin is told', () => {
    const user = write(
      'xdg/keystone/config.yaml',
      'concurrency: 1\nui:\n  refreshMs: 200\n  color: always\nwait: { foreground: 1m }\n',
    );
    const project = write('.keystone/config.yaml', 'concurrency: 2\nui: { refreshMs: 300 }\n');
    env.KEYSTONE_CONCURRENCY = '3';
    const { config, origins } = load({ flags: { 'ui.color': { value: 'never', flag: '--no-color' } } });
    expect(config.concurrency).toBe(3);
    expect(config.ui).toEqual({ refreshMs: 300, color: 'never' });
    expect(config.wait.foregroundMs).toBe(60_000);
    expect(origins.get('concurrency')).toEqual({ source: 'env', where: 'KEYSTONE_CONCURRENCY' });
    expect(origins.get('ui.color')).toEqual({ source: 'flag', where: '--no-color' });
    expect(origins.get('ui.refreshMs')).toEqual({ source: 'project', where: `${project}:2:18` });
    expect(origins.get('wait.foreground')).toEqual({ source: 'user', where: `${user}:5:21` });
    expect(origins.get('storage.path')?.source).toBe('default');
  });

  test('pools of all layers are merged by name, in both notations', () => {
    write('xdg/keystone/config.yaml', 'pools: { shell: 8, api: 1 }\n');
    write('.keystone/config.yaml', 'pools: { api: { limit: 2 } }\n');
    env.KEYSTONE_POOLS = 'gpu=1';
    expect(load().config.pools).toEqual({ shell: { limit: 8 }, api: { limit: 2 }, gpu: { limit: 1 } });
  });

  test('the project is the nearest ancestor with .keystone, and relative storage paths start there', () => {
    write('.keystone/config.yaml', 'storage: { path: data/runs.db }\n');
    mkdirSync(join(root, 'a/b'), { recursive: true });
    const { config } = load({ cwd: join(root, 'a/b') });
    expect(config.projectRoot).toBe(root);
    expect(config.storage.path).toBe(join(root, 'data/runs.db'));
  });

  test('--config replaces the project file, and a missing one is an error of use', () => {
    write('.keystone/config.yaml', 'concurrency: 2\n');
    write('other.yaml', 'ui: { color: always }\n');
    const { config } = load({ configFile: 'other.yaml' });
    expect(config.ui.color).toBe('always');
    expect(config.concurrency).toBe(cpus().length * 4);
    expect(() => load({ configFile: 'nowhere.yaml' })).toThrow(
      expect.objectContaining({ exitCode: 2, code: 'CONFIG_MISSING' }),
    );
  });

  test('NO_COLOR switches colours off and KEYSTONE_UI_COLOR overrules it', () => {
    env.NO_COLOR = '1';
    expect(load().config.ui.color).toBe('never');
    env.KEYSTONE_UI_COLOR = 'always';
    expect(load().config.ui.color).toBe('always');
  });

  test('the configuration is frozen at every level', () => {
    const { config } = load();
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.storage)).toBe(true);
    expect(Object.isFrozen(config.environment)).toBe(true);
  });

  test('aliases and merge keys of YAML work', () => {
    write('.keystone/config.yaml', 'pools: &p { api: &n 3 }\nconcurrency: *n\n');
    expect(load().config).toMatchObject({ concurrency: 3, pools: { api: { limit: 3 } } });
  });

  test.each(['', '# only a comment\n', 'ui:\n', 'pools:\n'])('a file holding %j changes nothing', (text) => {
    expect(problemsOf(text)).toEqual([]);
  });
});

describe('refusals', () => {
  test('an unknown key is reported with its place and the nearest known key', () => {
    const text = 'concurrency: 2\nstorage:\n  durabilty: full\n';
    const [problem, ...rest] = problemsOf(text);
    expect(rest).toEqual([]);
    expect(problem).toMatchObject({
      code: 'UNKNOWN_FIELD',
      path: 'storage.durabilty',
      hint: 'did you mean "durability"?',
    });
    expect(text.slice(problem?.span.start, problem?.span.end)).toBe('durabilty');
  });

  test.each(['budgets', 'routing', 'telemetry'])(
    'the planned key %s is refused as known but not supported',
    (key) => {
      const [group, inner] = key.split('.');
      const [problem] = problemsOf(inner === undefined ? `${group}: {}\n` : `${group}:\n  ${inner}: off\n`);
      expect(problem).toMatchObject({ code: 'CONFIG_UNSUPPORTED', path: key });
      expect(problem?.message).toContain('not supported by this version yet');
    },
  );

  test.each([
    ['concurrency: 0', 'expected a whole number of at least 1, found 0'],
    ['concurrency: many', 'found "many"'],
    ['storage: { retention: { keep: 0 } }', 'expected a whole number of at least 1, found 0'],
    ['storage: { retention: { day: 1 } }', 'retention'],
    ['inspect: { port: 70000 }', 'from 0 to 65535'],
    ['inspect: { open: maybe }', 'expected true or false'],
    ['storage: { durability: fast }', 'expected full or normal, found "fast"'],
    ['wait: { foreground: soon }', 'a duration such as 30s, 5m or 2h'],
    ['pools: { api: none }', 'or { limit: <number> }'],
    ['pools: { API: 1 }', 'must match'],
    ['pools: 4', 'must be a mapping of names'],
    ['ui: { color: "${{ env.X }}" }', 'expressions in the configuration are not supported'],
    ['- 1', 'must be a mapping'],
  ])('%s is refused: %s', (text, expected) => {
    const found = problemsOf(`${text}\n`);
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toContain(expected);
  });

  test('all problems of all files are reported together, and what is broken YAML says so', () => {
    write('xdg/keystone/config.yaml', 'concurency: 1\n');
    write('.keystone/config.yaml', 'a: [1\n');
    let caught: ConfigError | undefined;
    try {
      load();
    } catch (error) {
      caught = error as ConfigError;
    }
    expect(caught?.files.map((file) => file.diagnostics[0]?.code)).toEqual([
      'UNKNOWN_FIELD',
      'CONFIG_SYNTAX',
    ]);
  });

  test.each([
    ['KEYSTONE_CONCURRENCY', 'many'],
    ['KEYSTONE_POOLS', 'shell:8'],
    ['KEYSTONE_STORAGE_DURABILITY', 'fast'],
    ['KEYSTONE_INSPECT_OPEN', 'perhaps'],
    ['KEYSTONE_WAIT_FOREGROUND', 'a while'],
  ])('a variable with an unusable value is an error of use: %s=%s', (name, value) => {
    env[name] = value;
    expect(() => load()).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(name) }),
    );
  });

  test('variables are converted to the type of their key', () => {
    Object.assign(env, {
      KEYSTONE_INSPECT_OPEN: 'no',
      KEYSTONE_WAIT_FOREGROUND: '2h',
      KEYSTONE_UI_REFRESH_MS: '80',
    });
    const { config } = load();
    expect(config.inspect.open).toBe(false);
    expect(config.wait.foregroundMs).toBe(7_200_000);
    expect(config.ui.refreshMs).toBe(80);
  });
});
