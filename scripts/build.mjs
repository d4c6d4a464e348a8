// Builds dist/: one bundle with lazy chunks for the CLI and the library, the SQLite wasm beside it, the bin link for `npx keystone`.
// Plain JavaScript, because it runs in `npm ci` before anything else exists.
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
import { basename, join, sep } from 'node:path';
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
];

const { outputFiles } = await build({
  write: false,
  entryPoints: { cli: 'src/cli/bin.ts', index: 'src/index.ts', plugin: 'src/plugin.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: false,
  conditions: ['source'],
  jsx: 'automatic',
  // Ink asks for react's developer tools only when DEV is set; they are not installed.
  external: [...Object.keys(dependencies).filter((name) => !BUNDLED.includes(name)), 'react-devtools-core'],
  define: { KEYSTONE_VERSION: JSON.stringify(version), 'process.env.NODE_ENV': '"production"' },
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  logLevel: 'warning',
});

/** A chunk that nothing refers to any more may still be wanted by a process of the build before. */
const KEPT_MS = 10 * 60_000;

/** Whole or not there: a command may be starting while this builds. */
function replace(path, contents) {
  writeFileSync(`${path}.${process.pid}`, contents, { mode: path.endsWith('cli.js') ? 0o755 : 0o644 });
  renameSync(`${path}.${process.pid}`, path);
}

mkdirSync('dist/chunks', { recursive: true });
replace('dist/sql-wasm.wasm', readFileSync('node_modules/sql.js/dist/sql-wasm.wasm'));
const isChunk = ({ path }) => path.includes(`${sep}chunks${sep}`);
// Chunks carry a hash of their content in their name, so the entries that name them come last.
for (const { path, contents } of [
  ...outputFiles.filter(isChunk),
  ...outputFiles.filter((file) => !isChunk(file)),
])
  replace(path, contents);
const current = new Set(outputFiles.map(({ path }) => basename(path)));
for (const name of readdirSync('dist/chunks')) {
  const path = join('dist/chunks', name);
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (!current.has(name) && age > KEPT_MS) rmSync(path, { force: true });
}
// `npx keystone` inside the checkout finds the freshly built CLI at once.
if (existsSync('node_modules/.bin')) {
  rmSync('node_modules/.bin/keystone', { force: true });
  symlinkSync('../../dist/cli.js', 'node_modules/.bin/keystone');
}
