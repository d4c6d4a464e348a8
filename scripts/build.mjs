// Builds dist/: one bundle with its code cache, the lazy chunks of the command line, the wasm of SQLite and QuickJS, and the small modules that
// lead into the bundle. Plain JavaScript, because it runs in `npm ci` before anything else exists.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { build } from 'esbuild';

const { version, dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

/** Bundled for start-up; everything else stays a runtime import that is only paid for when used. */
const BUNDLED = [
  'xstate',
  'yaml',
  'ajv',
  'ajv-formats',
  'jexl',
  'commander',
  'picocolors',
  '@sinclair/typebox',
  'fastest-levenshtein',
  'sql.js',
  'zx',
  'env-paths',
  'tinyglobby',
  'ink',
  'react',
  'cli-table3',
  '@bomb.sh/tab',
  'quickjs-emscripten-core',
  '@jitl/quickjs-wasmfile-release-sync',
];

/** What is imported by the command line only when needed, and too large to be looked at by every start. */
const LAZY = {
  'live-region': 'src/cli/output/live-region.tsx',
  'cli-table3': 'cli-table3',
  // Not imported: threads begin with it.
  'sandbox-thread': 'src/services/sandbox/sandbox-thread.ts',
};

const COMMON = {
  write: false,
  metafile: true,
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  conditions: ['source'],
  jsx: 'automatic',
  // Ink asks for react's developer tools only when DEV is set; they are not installed.
  external: [...Object.keys(dependencies).filter((name) => !BUNDLED.includes(name)), 'react-devtools-core'],
  logLevel: 'warning',
};
const DEFINE = { KEYSTONE_VERSION: JSON.stringify(version), 'process.env.NODE_ENV': '"production"' };

/** Whole or not there: a command may be starting while this builds. */
function replace(path, contents) {
  writeFileSync(`${path}.${process.pid}`, contents, { mode: path.endsWith('cli.js') ? 0o755 : 0o644 });
  renameSync(`${path}.${process.pid}`, path);
}
const replaceAll = (files) => {
  for (const { path, contents } of files) replace(path, contents);
};

async function buildLazyChunks() {
  return build({
    ...COMMON,
    entryPoints: LAZY,
    outdir: 'dist/chunks',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    splitting: true,
    format: 'esm',
    define: DEFINE,
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
}

/**
 * Command line, library and plugin interface in one script, so that all of them mean the same classes. Modules run when they
 * are first asked for. It is ASCII, and a function expression, as load-bundle.mjs wants it.
 * @param {Record<string, string>} lazy file of each lazy chunk
 */
async function buildBundle(lazy) {
  const entries = {
    cli: './src/cli/main.ts',
    warmUp: './src/app/warm-up.ts',
    library: './src/index.ts',
    plugin: './src/plugin.ts',
  };
  const lines = Object.entries(entries).map(([name, file]) => `exports.${name} = () => require('${file}');`);
  return build({
    ...COMMON,
    stdin: { contents: lines.join('\n'), resolveDir: '.', sourcefile: 'bundle.cjs', loader: 'js' },
    outdir: 'dist',
    entryNames: 'bundle-[hash]',
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    charset: 'ascii',
    define: {
      ...DEFINE,
      'import.meta.url': '__url',
      KEYSTONE_SANDBOX_THREAD: JSON.stringify(`./chunks/${lazy['sandbox-thread']}`),
    },
    banner: { js: '(function(exports,require,module,__filename,__dirname,__url,__import){' },
    footer: { js: '})' },
    plugins: [
      {
        name: 'lazy-chunks',
        setup({ onResolve }) {
          onResolve({ filter: /(^|\/)(live-region\.tsx|cli-table3)$/ }, ({ path, kind }) =>
            kind === 'dynamic-import'
              ? { path: `./chunks/${lazy[basename(path, '.tsx')]}`, external: true }
              : undefined,
          );
        },
      },
    ],
  });
}

/** The entry answers `--version` by itself and finds the rest in the bundle: what is warmed up there is what will be used. */
async function buildEntry() {
  const plugin = {
    name: 'into-the-bundle',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: './cli-main.js', external: true }));
      onResolve({ filter: /\/warm-up\.ts$/ }, () => ({ path: './warm-up.js', external: true }));
    },
  };
  const common = { ...COMMON, format: 'esm', outdir: 'dist', define: DEFINE };
  return build({ ...common, entryPoints: { cli: 'src/cli/bin.ts' }, plugins: [plugin] });
}

/** An ES module that exports what a part of the bundle exports. */
function facade(part, names) {
  const list = [...names].sort().join(', ');
  return `import bundle from './load-bundle.js';\nexport const { ${list} } = bundle.${part}();\n`;
}

/** A cache of another V8 is refused when it is loaded; without one, everything works and starts later. */
function writeCodeCache(bundle) {
  const env = { ...process.env, NODE_OPTIONS: '', XDG_CONFIG_HOME: resolve('dist') };
  for (const name of Object.keys(env)) if (name.startsWith('KEYSTONE_')) delete env[name];
  const { status, stderr } = spawnSync(process.execPath, ['scripts/write-code-cache.mjs', bundle], {
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0) process.stderr.write(`no code cache, commands will start more slowly: ${stderr}\n`);
}

/** A file that nothing refers to any more may still be wanted by a process of the build before. */
const KEPT_MS = 10 * 60_000;
function removeOld(folder, pattern, current) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (pattern.test(name) && !current.has(name.replace(/\.cjs\..*$/, '.cjs')) && age > KEPT_MS)
      rmSync(path, { force: true });
  }
}

mkdirSync('dist/chunks', { recursive: true });
replace('dist/sql-wasm.wasm', readFileSync('node_modules/sql.js/dist/sql-wasm.wasm'));
const quickjs = 'node_modules/@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm';
replace('dist/quickjs.wasm', readFileSync(quickjs));

const chunks = await buildLazyChunks();
replaceAll(chunks.outputFiles);
const lazy = Object.entries(chunks.metafile.outputs).flatMap(([path, { entryPoint }]) =>
  entryPoint === undefined ? [] : [[basename(path).replace(/-[^-]*$/, ''), basename(path)]],
);
const built = (await buildBundle(Object.fromEntries(lazy))).outputFiles[0];
const bundle = { path: built.path, contents: built.text.replaceAll(/\bimport\("/g, '__import("') };
// A cache belongs to exactly one text, whose hash is in the name: the same name, the same text.
replace(bundle.path, bundle.contents);
writeCodeCache(bundle.path);

const loader = readFileSync('scripts/load-bundle.mjs', 'utf8');
const start = `export default loadBundle(new URL('./${basename(bundle.path)}', import.meta.url)).exports;\n`;
replace('dist/load-bundle.js', loader + start);
const { loadBundle } = await import('./load-bundle.mjs');
const parts = loadBundle(bundle.path).exports;
replace('dist/cli-main.js', facade('cli', Object.keys(parts.cli())));
replace('dist/warm-up.js', facade('warmUp', Object.keys(parts.warmUp())));
replace('dist/plugin.js', facade('plugin', Object.keys(parts.plugin())));
replace('dist/index.js', facade('library', Object.keys(parts.library())));
const [entry] = (await buildEntry()).outputFiles;
replace(entry.path, entry.contents);

removeOld('dist/chunks', /\.js$/, new Set(chunks.outputFiles.map(({ path }) => basename(path))));
removeOld('dist', /^bundle-/, new Set([basename(bundle.path)]));
// `npx keystone` inside the checkout finds the freshly built CLI at once.
if (existsSync('node_modules/.bin')) {
  rmSync('node_modules/.bin/keystone', { force: true });
  symlinkSync('../../dist/cli.js', 'node_modules/.bin/keystone');
}
