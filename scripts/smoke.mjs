// Smoke test of a built command line, on the Node it is started with: node scripts/smoke.mjs <path of cli.js>
// Plain JavaScript without dependencies, so that it runs on any Node, against an installed package.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const cli = resolve(process.argv[2] ?? 'dist/cli.js');
const examples = join(dirname(cli), '../examples');
const folder = mkdtempSync(join(tmpdir(), 'keystone-smoke-'));
let checks = 0;

/** Runs `keystone <args>` and checks its exit code. */
function keystone(args, exit = 0) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(
    status,
    exit,
    `keystone ${args.join(' ')} ended with ${status}, not ${exit}:\n${stdout}\n${stderr}`,
  );
  assert.doesNotMatch(stderr, /Warning:/, `keystone ${args.join(' ')} made Node warn`);
  checks++;
  return { stdout, stderr };
}

/** A run that is killed in the middle goes on where it was: `first` is not run again. */
async function surviveAKill() {
  writeFileSync(
    join(folder, 'long.yaml'),
    'name: long\nsteps:\n  - { id: first, run: echo first >> first.log }\n' +
      '  - { id: second, needs: first, run: sleep 1; echo second >> second.log }\n' +
      '  - { id: third, needs: second, run: cat first.log }\noutputs: { firsts: "${{ steps.third.output }}" }\n',
  );
  const child = spawn(process.execPath, [cli, 'run', 'long.yaml'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((done) => child.once('close', (_, signal) => done(signal)));
  await new Promise((done) => {
    let seen = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      seen += text;
      if (seen.includes('· second')) done();
    });
  });
  await pause(200);
  child.kill('SIGKILL');
  assert.equal(await ended, 'SIGKILL');
  const { stdout } = keystone(['resume', 'last', '--json']);
  assert.deepEqual(JSON.parse(stdout).outputs, { firsts: 'first' });
  assert.equal(readFileSync(join(folder, 'second.log'), 'utf8'), 'second\n');
}

try {
  const { version } = JSON.parse(readFileSync(join(dirname(cli), '../package.json'), 'utf8'));
  assert.equal(keystone(['--version']).stdout, `${version}\n`);
  assert.match(keystone(['--help']).stdout, /keystone init/);
  keystone(['nonsense'], 2);
  keystone(['init']);
  keystone(['run', 'hello']);
  assert.match(keystone(['validate', examples]).stderr, /without problems/);
  const release = JSON.parse(keystone(['run', join(examples, 'release.yaml'), '--trust', '--json']).stdout);
  assert.equal(release.outputs.version, '1.4.0');
  keystone(['run', join(examples, 'saga.yaml'), '--trust'], 1);
  keystone(['run', join(examples, 'sleep.yaml'), '--trust', '-i', 'pause=2h', '--no-wait'], 3);
  keystone(['graph', join(examples, 'diamond.yaml'), '--format', 'ascii']);
  await surviveAKill();
  assert.equal(JSON.parse(keystone(['history', '--json']).stdout).length, 5);
  process.stdout.write(`smoke test: ${checks} commands did what they should, Node ${process.version}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
