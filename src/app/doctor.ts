/** Looks whether this machine has what keystone needs here, and says what to do where it has not. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { userFolders } from '../config/index.ts';
import { KeystoneError } from '../kernel/failure.ts';
import { findProgram } from '../services/process/find-program.ts';
import { programVersion } from '../services/process/program-version.ts';
import { checkStore } from '../store/index.ts';
import { type Project, withStore } from './project.ts';
import { ENGINE_VERSION } from './version.ts';

export interface Finding {
  /** What was looked at. */
  name: string;
  /** `warn`: keystone works, but not all of it, or not as fast. */
  status: 'ok' | 'warn' | 'fail';
  message: string;
  /** What to do. */
  hint?: string;
}

type Check = (project: Project) => Promise<Omit<Finding, 'name'>>;

const LEAST_NODE = [20, 19] as const;
const LOW_SPACE_MB = 200;

/** In the order a person would look: the machine, the project, its store, then what only some steps need. */
export async function examine(project: Project): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [name, check] of CHECKS) findings.push({ name, ...(await check(project)) });
  return findings;
}

const ok = (message: string): Omit<Finding, 'name'> => ({ status: 'ok', message });
const warn = (message: string, hint: string): Omit<Finding, 'name'> => ({ status: 'warn', message, hint });
const fail = (message: string, hint: string): Omit<Finding, 'name'> => ({ status: 'fail', message, hint });

async function node(): Promise<Omit<Finding, 'name'>> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isOld = major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1]);
  const message = `keystone ${ENGINE_VERSION} on Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  return isOld ? fail(message, `install Node ${LEAST_NODE.join('.')} or newer`) : ok(message);
}

async function projectFolder({ root }: Project): Promise<Omit<Finding, 'name'>> {
  const folder = path.join(root, '.keystone');
  if (!existsSync(folder))
    return warn(`${root} has no .keystone folder yet`, 'keystone init makes one; so does the first run');
  return isWritable(folder)
    ? ok(root)
    : fail(`${folder} cannot be written`, `give yourself the right to: chmod u+rwx ${folder}`);
}

async function database(project: Project): Promise<Omit<Finding, 'name'>> {
  const file = project.config.storage.path;
  if (!existsSync(file)) return ok(`${file} is made by the first run`);
  try {
    const problems = await checkStore(file);
    if (problems.length > 0)
      return fail(
        `${file}: ${problems.join('; ')}`,
        'restore it from a backup, with the folder blobs beside it',
      );
    const { length } = await withStore(project, (store) => store.runs());
    return ok(`${file} is sound, ${length} run${length === 1 ? '' : 's'}`);
  } catch (error) {
    if (!(error instanceof KeystoneError)) throw error;
    return fail(error.message, error.hint ?? 'see docs/storage.md');
  }
}

async function space({ config }: Project): Promise<Omit<Finding, 'name'>> {
  const folder = firstExisting(path.dirname(config.storage.path));
  const { bavail, bsize } = statfsSync(folder);
  const megabytes = Math.floor((bavail * bsize) / 2 ** 20);
  const message = `${megabytes} MB free where runs are stored`;
  return megabytes < LOW_SPACE_MB
    ? warn(message, 'make room: a run stops in order when the disk is full, but it stops')
    : ok(message);
}

async function folders({ config }: Project): Promise<Omit<Finding, 'name'>> {
  const { config: settings, data, cache } = userFolders(config.environment);
  const closed = [settings, data, cache].filter((folder) => !isWritable(firstExisting(folder)));
  return closed.length === 0
    ? ok(`${settings}, ${data}`)
    : warn(
        `${closed.join(', ')} cannot be written`,
        'global memory and trusted workflows are kept there; set XDG_DATA_HOME and XDG_CONFIG_HOME',
      );
}

async function lanes({ config }: Project): Promise<Omit<Finding, 'name'>> {
  const hasPerl = await isThere('perl', config.environment.PATH);
  if (hasPerl && existsSync('/proc/self/stat')) return ok('shell steps start by perl lanes');
  return warn(
    hasPerl ? 'there is no /proc' : 'perl is missing',
    'shell steps work, but many of them start more slowly',
  );
}

/** Programs that some steps need. */
const program =
  (command: string, use: string): Check =>
  async ({ config }) => {
    if (!(await isThere(command, config.environment.PATH)))
      return warn(`${command} is missing`, `${use} need it`);
    return ok(programVersion(command) || `${command} is there`);
  };

async function engines({ config }: Project): Promise<Omit<Finding, 'name'>> {
  const entries = Object.entries(config.engines.allowlist);
  if (entries.length === 0) return ok('none is allowed');
  const missing: string[] = [];
  for (const [name, { command }] of entries)
    if (!(await isThere(command, config.environment.PATH))) missing.push(`${name} (${command})`);
  const names = entries.map(([name]) => name).join(', ');
  return missing.length === 0
    ? ok(names)
    : warn(`not installed: ${missing.join(', ')}`, 'install them, or take them off engines.allowlist');
}

const CHECKS: readonly (readonly [string, Check])[] = [
  ['node', node],
  ['project', projectFolder],
  ['store', database],
  ['disk', space],
  ['user folders', folders],
  ['shell', program('sh', 'shell steps')],
  ['lanes', lanes],
  ['git', program('git', 'git steps')],
  ['bubblewrap', program('bwrap', 'shell steps with a sandbox')],
  ['engines', engines],
];

const isThere = (command: string, folders = ''): Promise<boolean> =>
  findProgram(command, { cwd: process.cwd(), path: folders }).then(
    () => true,
    () => false,
  );

function firstExisting(folder: string): string {
  return existsSync(folder) || path.dirname(folder) === folder ? folder : firstExisting(path.dirname(folder));
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
