/**
 * `npm run bench`: side-by-side benchmarks of what is built, as one table. See docs/benchmarks.md.
 * Options: `--only <measure>` (again for more), `--quick` (fewer and shorter rounds), `--tiny` (only that everything runs).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, type } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isWithinLimit, MEASURES } from '../test/bench/measure.mjs';

const ROOT = resolve(import.meta.dirname, '..');
const BENCH = join(ROOT, 'test/bench');

/** @throws when it does not exit with 0; its output goes to stderr. */
function perform(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2] });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
}

/** When anything below was last changed, in ms. */
function newest(path) {
  if (!existsSync(path)) return 0;
  if (!statSync(path).isDirectory()) return statSync(path).mtimeMs;
  const entries = readdirSync(path, { withFileTypes: true });
  return Math.max(0, ...entries.map((entry) => newest(join(path, entry.name))));
}

function buildWhenStale() {
  const sources = ['src', 'compiler', 'machines', 'scripts', 'package.json', 'package-lock.json'];
  const built = join(ROOT, 'dist/index.js');
  if (
    existsSync(built) &&
    statSync(built).mtimeMs > Math.max(...sources.map((each) => newest(join(ROOT, each))))
  )
    return;
  process.stderr.write('building dist …\n');
  perform(process.execPath, ['scripts/build.mjs'], ROOT);
}

/** better-sqlite3 is compiled on this machine (about a minute); its install script is allowed in test/bench/package.json. */
function installReferences() {
  if (canOpenNative()) return;
  process.stderr.write(
    'installing the dependencies of the benchmarks; one is compiled, which takes a minute or two …\n',
  );
  perform('npm', ['ci', '--ignore-scripts=false', '--no-audit', '--no-fund'], BENCH);
  if (!canOpenNative())
    perform('npm', ['rebuild', 'better-sqlite3', '--foreground-scripts', '--ignore-scripts=false'], BENCH);
  if (!canOpenNative()) throw new Error('better-sqlite3 cannot be loaded; see the output above');
}

function canOpenNative() {
  const { status } = spawnSync(
    process.execPath,
    ['-e', 'new (require("better-sqlite3"))(":memory:").close()'],
    { cwd: BENCH, stdio: 'ignore' },
  );
  return status === 0;
}

const digits = (value) => (value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3);
const show = (value, unit = '') =>
  value === undefined || Number.isNaN(value)
    ? ''
    : `${value.toFixed(digits(value))}${unit === '' ? '' : ` ${unit}`}`;

/** @param {import('../test/bench/measure.mjs').Row} row */
function cells(row) {
  const { what, ours, reference, ratio, against, unit, must, note } = row;
  const limit =
    must === undefined ? '' : must.ratio !== undefined ? `≤ ${must.ratio}×` : `≤ ${must.value} ${unit}`;
  const within = isWithinLimit(row);
  const beside = [show(reference, unit), against, note === undefined ? undefined : `(${note})`];
  return [
    what,
    show(ours, unit),
    beside.filter((part) => part !== undefined && part !== '').join(' '),
    ratio === undefined ? '' : `${show(ratio)}×`,
    limit,
    within === undefined ? '' : within ? 'ok' : 'OVER',
  ];
}

function table(rows) {
  const lines = [['what', 'ours', 'reference', 'ratio', 'must', 'ok?'], ...rows.map(cells)];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const drawn = lines.map(
    (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`,
  );
  drawn.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  return drawn.join('\n');
}

function measure(name, flags) {
  process.stderr.write(`${name} …\n`);
  const args = [join(BENCH, 'measure.mjs'), name, ...flags];
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: BENCH,
    stdio: ['ignore', 'pipe', 2],
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  return status === 0
    ? JSON.parse(stdout)
    : [{ what: `${name} failed`, unit: '', must: { value: 0 }, ours: Number.NaN }];
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    tiny: { type: 'boolean', default: false },
  },
});
const names = values.only ?? Object.keys(MEASURES);
const unknown = names.filter((name) => !Object.hasOwn(MEASURES, name));
if (unknown.length > 0) {
  process.stderr.write(`no measure ${unknown.join(', ')}; there are: ${Object.keys(MEASURES).join(', ')}\n`);
  process.exit(2);
}
buildWhenStale();
if (names.includes('durable')) installReferences();
const flags = [values.quick && '--quick', values.tiny && '--tiny'].filter(Boolean);
const machine = {
  node: process.version,
  system: `${type()} ${release()}`,
  cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
  loadBefore: loadavg()[0],
};
const rows = names.flatMap((name) => measure(name, flags));
const result = { at: new Date().toISOString(), ...machine, loadAfter: loadavg()[0], flags, rows };
writeFileSync(join(BENCH, 'results.json'), `${JSON.stringify(result, null, 2)}\n`);
process.stdout.write(`${table(rows)}\n\n`);
process.stdout.write(
  `Node ${machine.node}, ${machine.system}, ${machine.cpu}, load ${machine.loadBefore.toFixed(1)} before, ${result.loadAfter.toFixed(1)} after\n`,
);
process.exitCode = rows.some((row) => isWithinLimit(row) === false) ? 1 : 0;
