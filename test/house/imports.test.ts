/** Who may import whom. A layer knows only what is below it, peers do not know each other, and types count too. */
import { describe, expect, test } from 'vitest';
import { importsOf, product, type SourceFile, withoutComments, withoutStrings } from './tree.ts';

/** By layer: the layers it may import beside itself. `#…` are the other roots, reached through their barrels only. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  machines: [],
  compiler: [],
  'src/kernel': [],
  // The compiler is pure: it may be asked for positions, diagnostics and similar names from anywhere above the kernel.
  'src/config': ['src/kernel', '#compiler'],
  'src/store': ['src/kernel'],
  'src/services': ['src/kernel'],
  'src/steps': ['src/kernel', 'src/services', '#compiler'],
  'src/runtime': ['src/kernel', 'src/store', 'src/steps/define.ts', '#compiler', '#machines'],
  'src/plugins': ['src/kernel', 'src/steps/define.ts', 'src/services/sandbox'],
  'src/app': [
    'src/kernel',
    'src/config',
    'src/store',
    'src/services',
    'src/steps',
    'src/runtime',
    'src/plugins',
    'src/mock-llm',
    '#compiler',
    '#machines',
  ],
  // Faces. They load the configuration and hand it to `app`; only `app` knows what is below.
  'src/cli': ['src/app', 'src/config', 'src/kernel', 'src/mock-llm', '#compiler'],
  'src/tui': ['src/app', 'src/config', 'src/kernel', '#compiler'],
  'src/web': ['src/app', 'src/config', 'src/kernel', '#compiler'],
  'src/mcp-server': ['src/app', 'src/config', 'src/kernel', '#compiler'],
  'src/mock-llm': ['src/kernel', '#compiler'],
  'src/daemon': ['src/app', 'src/config', 'src/kernel', '#compiler'],
  // The public API names parts of every layer.
  'src/index.ts': ['src/', '#compiler'],
  'src/plugin.ts': ['src/kernel', 'src/steps/define.ts'],
};

/** Outside packages that only some layers may know. Everything else is free. */
const ONLY_IN: Record<string, readonly string[]> = {
  xstate: ['machines', 'src/runtime', 'src/app'],
  jexl: ['compiler'],
  yaml: ['compiler', 'src/config', 'src/steps', 'src/app', 'src/cli', 'src/mock-llm'],
  openai: ['src/services'],
  '@anthropic-ai/sdk': ['src/services'],
  'sql.js': ['src/store'],
  pg: ['src/store'],
  commander: ['src/cli'],
  // The store asks `ps` whether the owner of a lock still lives.
  'node:child_process': ['src/services', 'src/cli', 'src/store'],
};

/** Pure roots: of Node only what neither reads nor changes the world. */
const PURE_NODE = ['node:crypto', 'node:module', 'node:path', 'node:path/posix', 'node:util'];

/** Folders whose subfolders are peers: what stands beside them is shared, they do not import each other. */
const PEERS = ['src/steps', 'src/services'];
/** Services that others are built on. They do not know each other. */
const FOUNDATIONS = ['files', 'http', 'process'];

const files = product();
const layerOf = (path: string): string =>
  /^(machines|compiler)\//.exec(path)?.[1] ??
  /^src\/[^/]+\.ts$/.exec(path)?.[0] ??
  path.split('/').slice(0, 2).join('/');

/** `file imports target` for every import that `allowed` refuses. */
function strays(of: readonly SourceFile[], allowed: (file: SourceFile, target: string) => boolean): string[] {
  return of.flatMap((file) =>
    importsOf(file)
      .filter((target) => !allowed(file, target))
      .map((target) => `${file.path} imports ${target}`),
  );
}

const isOwn = (target: string): boolean => /^(src|compiler|machines|schemas|scripts|test)\//.test(target);

describe('imports', () => {
  test('every file belongs to a layer of the table', () => {
    expect(
      [...new Set(files.map(({ path }) => layerOf(path)))].filter((layer) => !MAY_IMPORT[layer]),
    ).toEqual([]);
  });

  test('go down only', () => {
    const found = strays(files, (file, target) => {
      const layer = layerOf(file.path);
      if (!isOwn(target) && !target.startsWith('#')) return true;
      if (layerOf(target) === layer) return true;
      return (MAY_IMPORT[layer] ?? []).some(
        (allowed) => target === allowed || target.startsWith(allowed.endsWith('/') ? allowed : `${allowed}/`),
      );
    });
    expect(found).toEqual([]);
  });

  test.each(PEERS)('%s: peers do not import each other', (folder) => {
    const peerOf = (path: string): string | undefined =>
      path.startsWith(`${folder}/`) && path.split('/').length > folder.split('/').length + 1
        ? path.split('/')[folder.split('/').length]
        : undefined;
    const found = strays(files, (file, target) => {
      const from = peerOf(file.path);
      const to = peerOf(target);
      if (folder === 'src/services' && to !== undefined && FOUNDATIONS.includes(to))
        return from === undefined || from === to || !FOUNDATIONS.includes(from);
      return from === undefined || to === undefined || from === to;
    });
    expect(found).toEqual([]);
  });

  test('roots meet only through #compiler and #machines', () => {
    const rootOf = (path: string): string => path.split('/')[0] ?? '';
    expect(strays(files, (file, target) => !isOwn(target) || rootOf(target) === rootOf(file.path))).toEqual(
      [],
    );
  });

  test('commands do not import each other', () => {
    const commands = files.filter(({ path }) => /^src\/cli\/commands\/(?!index)/.test(path));
    expect(
      strays(
        commands,
        (_, target) => !target.startsWith('src/cli/commands/') || target.endsWith('/index.ts'),
      ),
    ).toEqual([]);
  });

  test('packages stay in their layer', () => {
    const found = strays(files, (file, target) => {
      const only = ONLY_IN[target.replace(/^((?:@[^/]+\/)?[^/]+).*$/, '$1')];
      return only === undefined || only.includes(layerOf(file.path));
    });
    expect(found).toEqual([]);
  });

  test('machines and the compiler touch no file, process, clock or network', () => {
    const pure = files.filter(({ path }) => /^(machines|compiler)\//.test(path));
    expect(strays(pure, (_, target) => !target.startsWith('node:') || PURE_NODE.includes(target))).toEqual(
      [],
    );
    const impure =
      /\b(process\.|Date\.now\(|new Date\(\)|Math\.random\(|performance\.|fetch\(|setTimeout\(|randomUUID)/;
    expect(
      pure.filter(({ text }) => impure.test(withoutStrings(withoutComments(text)))).map(({ path }) => path),
    ).toEqual([]);
  });

  test('relative imports name the file with its extension', () => {
    expect(strays(files, (_, target) => !isOwn(target) || /\.(ts|tsx|json|mjs)$/.test(target))).toEqual([]);
  });
});
