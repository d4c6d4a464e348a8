// Builds dist/: one bundle with lazy chunks for the CLI and the library, the SQLite wasm beside it, the bin link for `npx keystone`.
// Plain JavaScript, because it runs in `npm ci` before anything else exists.
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
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
  'write-file-atomic',
  '@babel/code-frame',
  'ink',
  'react',
  'cli-table3',
  '@bomb.sh/tab',
];

rmSync('dist/chunks', { recursive: true, force: true });
await build({
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
mkdirSync('dist', { recursive: true });
cpSync('node_modules/sql.js/dist/sql-wasm.wasm', 'dist/sql-wasm.wasm');
chmodSync('dist/cli.js', 0o755);
// `npx keystone` inside the checkout finds the freshly built CLI at once.
if (existsSync('node_modules/.bin')) {
  rmSync('node_modules/.bin/keystone', { force: true });
  symlinkSync('../../dist/cli.js', 'node_modules/.bin/keystone');
}
