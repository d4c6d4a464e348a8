/** A command ends and prints the same on a lane as it does when it is spawned: nasty scripts through both, compared exactly. */
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lane } from '../../../src/services/process/lane.ts';
import { areLanesPossible } from '../../../src/services/process/lane-program.ts';
import { endOrphans } from '../../../src/services/process/orphans.ts';
import { type LaneRequest, runOnLane } from '../../../src/services/process/run-on-lane.ts';
import {
  type ProcessRequest,
  type ProcessResult,
  runProcess,
} from '../../../src/services/process/run-process.ts';

interface Seen {
  exitCode: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

const ATTEMPT = `lane-test-${process.pid}`;
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'keystone-lane-')));
let lane: Lane;

beforeAll(async () => {
  if (!areLanesPossible()) return;
  lane = await Lane.start();
});
afterAll(async () => {
  lane?.close();
  await endOrphans([{ attemptId: ATTEMPT }], { graceMs: 0 });
  rmSync(folder, { recursive: true });
});

type Run = (request: LaneRequest) => Promise<ProcessResult | undefined>;

async function see(run: Run, script: string, options: Partial<ProcessRequest> = {}): Promise<Seen> {
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const result = await run({
    command: '/bin/sh',
    args: ['-c', script],
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', KEYSTONE_ATTEMPT: ATTEMPT },
    onOutput: (name, chunk) => void output[name].push(chunk),
    drainMs: 60,
    ...options,
  });
  if (result === undefined) throw new Error('the lane refused it');
  const { exitCode, signal } = result;
  const text = (name: 'stdout' | 'stderr'): string => Buffer.concat(output[name]).toString('latin1');
  return { exitCode, signal, stdout: text('stdout'), stderr: text('stderr') };
}

const onLane: Run = async (request) => {
  if (lane.state !== 'idle') lane = await Lane.start();
  return runOnLane(lane, request);
};

async function same(script: string, options: Partial<ProcessRequest> = {}): Promise<Seen> {
  const spawned = await see(runProcess, script, options);
  expect(await see(onLane, script, options)).toEqual(spawned);
  return spawned;
}

const SCRIPTS: Record<string, string> = {
  nothing: 'true',
  'both streams and a code': 'echo out; echo err >&2; exit 7',
  'codes that look like signals': 'exit 137',
  'an exit code of SIGPIPE': 'exit 141',
  'the largest exit code': 'exit 255',
  'SIGKILL to itself': 'kill -KILL $$',
  'SIGTERM to itself': 'kill -TERM $$',
  'SIGINT to itself': 'kill -INT $$',
  'SIGPIPE to itself': 'kill -PIPE $$',
  'SIGQUIT to itself': 'ulimit -c 0; kill -QUIT $$',
  'SIGSEGV to itself': 'ulimit -c 0; kill -SEGV $$',
  'SIGHUP to itself': 'kill -HUP $$',
  'a child that was killed': 'sh -c "kill -9 \\$\\$"; echo $?',
  'kill of its own group': 'echo a; kill 0; sleep 5',
  'kill of its own group by number': 'echo a; kill -TERM -$$; sleep 5',
  'a trap on exit that kills the group': 'trap "trap - TERM; kill 0" EXIT; sleep 9 & echo x',
  'a trap': 'trap "echo got; exit 4" TERM; kill -TERM $$; sleep 1',
  'traps of the lane': 'trap',
  'stop and go on': '(sleep 0.1; kill -CONT $$) & kill -STOP $$; echo on; exit 5',
  'a terminal stop, which nobody would undo': 'kill -TSTP $$; echo on',
  'exec of a program': 'exec printf %s "$0"',
  'exec of nothing': 'exec no-such-program',
  'a syntax error': 'if then ((',
  'binary output': String.raw`printf '\000\377\376\001\n\r'`,
  'unicode and quotes': `echo "ü 😀 'x' \\" \\\\ \`echo y\` $(echo z)"`,
  newlines: 'echo a\n\n\n# comment\necho b\n',
  'no newline at the end': 'printf x; printf y >&2',
  'its standard input': 'cat; readlink /proc/$$/fd/0',
  'its open files': 'ls /proc/$$/fd',
  'its leadership': 'set -- $(cat /proc/$$/stat); [ $1 = $5 ] && [ $1 = $6 ] && echo leads group and session',
  // What it blocks is asked of a child: a shell blocks everything for the moment in which it forks.
  'its signals': 'grep -E "Sig(Ign|Cgt)|ShdPnd" /proc/$$/status; grep Sig[IB] /proc/self/status',
  'limits and umask': 'umask; ulimit -a; nice; cat /proc/$$/oom_score_adj /proc/$$/limits',
  'its folder': 'pwd; pwd -P; readlink /proc/$$/cwd',
  'its command line': 'tr "\\0" "|" < /proc/$$/cmdline; echo; tr "\\0" "|" < /proc/$$/comm',
  'closing its output at once': 'exec >&- 2>&-; sleep 0.05; exit 3',
  'closing its output and working on': 'echo a; exec >&-; sleep 0.05; echo b >&2',
  'a silent pause': 'sleep 0.06; echo late; exit 2',
  pieces: 'for i in 1 2 3 4 5; do echo $i; sleep 0.01; done',
  'a quiet background process': 'sleep 20 >/dev/null 2>&1 & echo done',
  'a background process that holds the output': 'sleep 20 & echo done',
  'a daemon that holds the output': 'setsid sleep 20 & echo done',
  'a daemon that holds one stream': 'setsid sleep 20 >/dev/null & echo done; echo too >&2',
  'much on both streams': 'head -c 5000000 /dev/zero & head -c 5000000 /dev/zero | tr "\\0" y >&2; wait',
  'much, then a signal': 'head -c 300000 /dev/zero; kill -9 $$',
  'as much as fits into a pipe': 'head -c 65536 /dev/zero',
  'a byte more than fits into a pipe': 'head -c 65537 /dev/zero',
  'a long script': `: ${'x'.repeat(100_000)}; echo ok`,
  'a pipeline cut short': 'yes | head -n 1',
};

describe.runIf(areLanesPossible())('a lane and a spawned process do the same for', () => {
  it.each(Object.entries(SCRIPTS))('%s', async (_title, script) => {
    await same(script);
  });

  it('a background process that ends while its output is waited for', async () => {
    const seen = await same('(sleep 0.03; echo later) & echo now', { drainMs: 20_000 });
    expect(seen.stdout).toBe('now\nlater\n');
  });

  it('an environment of odd names and values, and nothing beside it', async () => {
    const env = {
      KEYSTONE_ATTEMPT: ATTEMPT,
      PATH: process.env.PATH ?? '',
      EMPTY: '',
      LINES: 'a\nb\n',
      QUOTES: `'"\`$(id)\\`,
      UNICODE: 'ü😀',
      EQUALS: 'a=b=c',
      'not-an-identifier': '1',
      'with space': '2',
      'a.b': '3',
      UID: '5',
      IFS: 'x',
      SHELLOPTS: 'xtrace',
      PWD: '/wrong',
      OLDPWD: '/wrong',
      SHLVL: '7',
      _: 'underscore',
      LC_ALL: 'xx_XX.SJIS',
      LARGE: 'y'.repeat(100_000),
    };
    const sorted = 'tr "\\0" "\\n" < /proc/$$/environ | sort; env | sort';
    const { stdout } = await same(sorted, { env });
    expect(stdout).toContain('not-an-identifier=1\n');
    const { stdout: bare } = await same('tr "\\0" "\\n" < /proc/$$/environ', {
      env: { KEYSTONE_ATTEMPT: ATTEMPT },
    });
    expect(bare).toBe(`KEYSTONE_ATTEMPT=${ATTEMPT}\n`);
  });

  it('other programs and their arguments', async () => {
    const words = ['%s|', '', ' ', "it's", '"', '\n', '-n', '$HOME', '*', 'ü😀'];
    const { stdout } = await same('', { command: '/usr/bin/printf', args: words });
    expect(stdout).toContain("| |it's|");
  });

  it('a folder with an odd name', async () => {
    const cwd = join(folder, "-n 'ü\n$(id) ");
    mkdirSync(cwd);
    expect((await same('pwd', { cwd })).stdout).toBe(Buffer.from(`${cwd}\n`).toString('latin1'));
  });

  it('output that is held back by its reader', async () => {
    for (const run of [runProcess, onLane]) {
      let reading = 0;
      let most = 0;
      let bytes = 0;
      await see(run, 'head -c 3000000 /dev/zero', {
        onOutput: async (_name, chunk) => {
          most = Math.max(most, ++reading);
          await new Promise((resolve) => setImmediate(resolve));
          bytes += chunk.length;
          reading--;
        },
      });
      expect({ bytes, most }).toEqual({ bytes: 3_000_000, most: 1 });
    }
  });

  it('a reader that throws', async () => {
    const onOutput = (): never => {
      throw new Error('disk full');
    };
    for (const script of ['echo a', 'echo a; sleep 20'])
      for (const run of [runProcess, onLane])
        await expect(see(run, script, { onOutput })).rejects.toThrow('disk full');
  });
});

describe.runIf(areLanesPossible())('a lane refuses, and leaves to others to say why,', () => {
  const request = (options: Partial<ProcessRequest>): LaneRequest => ({
    command: '/bin/sh',
    args: ['-c', 'echo'],
    cwd: folder,
    env: { KEYSTONE_ATTEMPT: ATTEMPT },
    onOutput: () => {
      throw new Error('it ran');
    },
    ...(options as object),
  });
  const closed = join(folder, 'closed');
  mkdirSync(closed);
  chmodSync(closed, 0o600);

  it.each<[string, Partial<ProcessRequest>]>([
    ['a folder that is missing', { cwd: '/no/such/folder' }],
    ['a program that is missing', { command: '/no/such/program' }],
    ['a file that is no program', { command: '/etc/passwd' }],
    ['a NUL character in an argument', { args: ['-c', 'echo \0'] }],
    ['a NUL character in a variable', { env: { A: 'b\0C=d' } }],
    ['an argument that is too long', { args: ['-c', `: ${'x'.repeat(200_000)}`] }],
  ])('%s', async (_title, options) => {
    if (lane.state !== 'idle') lane = await Lane.start();
    expect(await runOnLane(lane, request(options))).toBeUndefined();
    expect(lane.state).toBe('idle');
    expect(await see(onLane, 'echo next')).toMatchObject({ exitCode: 0, stdout: 'next\n' });
  });
});
