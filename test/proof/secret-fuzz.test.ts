/**
 * Random secrets, printed in random encodings by steps of every kind in real processes: nothing keystone writes, on disk, on its
 * streams, to its inspector, holds one. With KEYSTONE_FULL=1 many more.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { ensureBuilt } from '../cli/build.ts';
import { TestProject } from '../cli/spawn.ts';
import { leaksIn, PRINTERS, secretValue } from './secret-leaks.ts';
import { daily } from './seed-of-the-day.ts';

const projects: TestProject[] = [];
beforeAll(ensureBuilt, 120_000);
afterEach(() => {
  for (const each of projects.splice(0)) each.remove();
});

/** Names of the secrets of a case; the last one is an input. */
const NAMES = ['ALPHA', 'BETA', 'GAMMA', 'input'] as const;
type Name = (typeof NAMES)[number];

interface Case {
  secrets: Record<Name, string>;
  printers: string[];
  /** Which secret each place gets. */
  picks: Name[];
}

const aCase: fc.Arbitrary<Case> = fc.record({
  secrets: fc.record({ ALPHA: secretValue, BETA: secretValue, GAMMA: secretValue, input: secretValue }),
  printers: fc.shuffledSubarray(Object.keys(PRINTERS), { minLength: 5, maxLength: 6 }),
  picks: fc.array(fc.constantFrom(...NAMES), { minLength: 40, maxLength: 40 }),
});

const reference = (name: Name): string => (name === 'input' ? 'inputs.token' : `secrets.${name}`);
const quoted = (text: string): string => JSON.stringify(text);

/** A workflow that puts secrets wherever values can go. Most of it fails, on purpose. */
function workflowOf({ printers, picks }: Case): string {
  const next = (): string => reference(picks.shift() ?? 'ALPHA');
  const value = (): string => `\${{ ${next()} }}`;
  const steps = printers.map((name, index) => {
    const fails = index % 3 === 2 ? '; exit 3' : '';
    return `  - { id: print${index}, allowFailure: true, env: { S: ${quoted(value())} }, run: ${quoted(`${PRINTERS[name]}${fails}`)} }`;
  });
  const last = printers.map((_, index) => `print${index}`).join(', ');
  return `
name: leaky
inputs: { token: { type: string, secret: true } }
env: { EVERYWHERE: ${quoted(value())} }
outputs:
  plain: ${quoted(value())}
  encoded: "\${{ ${next()}|base64 }} \${{ ${next()}|urlEncode }} \${{ [${next()}]|json }}"
  steps: "\${{ steps.print0.output }}"
  child: "\${{ steps.child.output }}"
steps:
${steps.join('\n')}
  - { id: spliced, name: ${quoted(`step ${value()}`)}, run: ${quoted(`printf '%s\\n' ${value()} "${value()}"; exit 1`)}, allowFailure: true }
  - { id: args, type: shell, args: [printf, "%s", ${quoted(value())}] }
  - { id: no_program, type: shell, args: [${quoted(`/no/${value()}`)}], allowFailure: true }
  - { id: no_folder, run: "true", dir: ${quoted(value())}, allowFailure: true }
  - { id: syntax, run: ${quoted(`echo ${value()}; if then (`)}, allowFailure: true }
  - { id: no_json, env: { S: ${quoted(value())} }, run: 'printf "x%s" "$S"', parse: json, allowFailure: true }
  - { id: midst, env: { S: ${quoted(value())} }, run: 'printf "[1, %s %s]" "$S" "$S"', parse: json, allowFailure: true }
  - { id: long_line, env: { S: ${quoted(value())} }, run: 'head -c 9000 /dev/zero | tr "\\0" z; printf "%s" "$S"; head -c 4080 /dev/zero | tr "\\0" z; exit 1', allowFailure: true }
  - { id: node, shell: node, run: ${quoted(`throw new Error(${value()})`)}, allowFailure: true }
  - { id: wrong_number, run: "true", if: "(${next()}|number) > 1", allowFailure: true }
  - { id: skipped, run: "true", if: "${next()} == ''" }
  - { id: no_items, run: "true", foreach: ${quoted(next())}, allowFailure: true }
  - { id: items, foreach: "[${next()}, ${next()}]", run: 'printf "%s" \${{ item }}; exit \${{ index }}', allowFailure: true, failFast: false }
  - { id: combos, strategy: { matrix: { s: [${quoted(value())}, b] } }, run: "echo \${{ item.s }}" }
  - { id: contract, run: ${quoted(`echo ${value()}`)}, outputSchema: { type: number }, allowFailure: true }
  - { id: enumerated, run: ${quoted(`echo ${value()}`)}, outputSchema: { enum: [a, b] }, allowFailure: true }
  - { id: transformed, run: ${quoted(`echo ${value()}`)}, transform: "output|fromJson", allowFailure: true }
  - { id: keyed, run: "true", idempotencyKey: ${quoted(`${next()} + 'x'`)}, memoize: true, allowFailure: true }
  - { id: not_a_key, run: "true", idempotencyKey: ${quoted(`[${next()}]`)}, allowFailure: true }
  - { id: written, type: file, op: write, path: out.txt, content: ${quoted(value())} }
  - { id: read, type: file, op: read, path: out.txt, needs: written }
  - { id: not_there, type: file, op: read, path: ${quoted(`no ${value()}`)}, allowFailure: true }
  - { id: patch, type: file, op: patch, path: out.txt, content: ${quoted(`${value()}\n`)}, needs: read, allowFailure: true }
  - { id: child, type: workflow, workflow: ./child.yaml, inputs: { text: ${quoted(`x ${value()} y`)} } }
  - { id: no_child, type: workflow, workflow: ${quoted(`./${value()}.yaml`)}, allowFailure: true }
  - { id: sent, type: emit, event: news, data: { s: ${quoted(value())} } }
  - { id: got, type: wait, event: news, match: "data.s != ''" }
  - { id: bad_event, type: emit, event: ${quoted(`news ${value()}`)}, allowFailure: true }
  - { id: script, type: script, allow: [secrets], run: "console.log(${next()}); return [${next()}, 'z']" }
  - { id: bad_script, type: script, allow: [secrets], run: "throw new Error('it is ' + ${next()})", allowFailure: true }
  - { id: remember, type: memory, op: store, text: ${quoted(`the secret is ${value()}`)} }
  - { id: request, type: request, url: ${quoted(`http://127.0.0.1:9/\${{ ${next()}|urlEncode }}`)}, headers: { x-key: "\${{ ${next()}|base64 }}" }, timeout: 5s, allowPrivateNetwork: true, allowFailure: true }
  - { id: bad_url, type: request, url: ${quoted(`nowhere ${value()}`)}, allowFailure: true }
  - { id: clone, type: git, op: clone, url: ${quoted(`https://user:\${{ ${next()}|urlEncode }}@127.0.0.1:9/x.git`)}, path: clone, timeout: 10s, allowFailure: true }
  - { id: nap, type: sleep, duration: ${quoted(value())}, allowFailure: true }
  - { id: ask, type: human, message: ${quoted(`Is ${value()} right?`)}, inputType: select, options: [a, ${quoted(value())}], needs: [${last}, items, child] }
  - { id: told, run: ${quoted(`echo \${{ steps.ask.output }} ${value()}`)}, needs: ask }
finally:
  - { id: bye, run: "echo \${{ steps.spliced.error|json }} \${{ steps.items|json }}" }
`;
}

const CHILD = `
name: child
inputs: { text: { type: string } }
outputs: { back: "\${{ [inputs.text, 'z']|json }}" }
steps:
  - { id: say, run: "echo \${{ inputs.text }}; echo \${{ inputs.text|base64 }}" }
  - { id: fail, run: "echo \${{ inputs.text }} >&2; exit 1", allowFailure: true }
`;

/** Everything the run wrote outside its streams. */
function writtenBy(project: TestProject): [string, Buffer][] {
  return readdirSync(join(project.folder, '.keystone'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [file.slice(project.folder.length), readFileSync(file)];
    });
}

/** Where the values are: one in the environment, one in a file it names, one in .env. */
function surroundings({ secrets }: Case): { env: Record<string, string>; files: Record<string, string> } {
  const env = { ALPHA: secrets.ALPHA, BETA_FILE: 'beta.key' };
  const line = `GAMMA='${secrets.GAMMA.replaceAll("'", '')}'\n`;
  return { env, files: { 'beta.key': secrets.BETA, '.env': line, 'child.yaml': CHILD } };
}

async function leaksOf(drawn: Case): Promise<string[]> {
  // Single-quoted in .env, which knows no escape for them; a file's last line break is no part of the secret.
  const secrets = {
    ...drawn.secrets,
    GAMMA: drawn.secrets.GAMMA.replaceAll("'", ''),
    BETA: drawn.secrets.BETA.replace(/\n$/, ''),
  };
  const one = { ...drawn, picks: [...drawn.picks] };
  const { env, files } = surroundings(one);
  const project = new TestProject({ ...files, 'leaky.yaml': workflowOf(one) });
  projects.push(project);
  const leaks: string[] = [];
  const run = async (...argv: string[]) => {
    const { stdout, stderr, exitCode } = await project.keystone(argv, { env });
    for (const [name, text] of Object.entries({ stdout, stderr }))
      leaks.push(...leaksIn(`${name} of ${argv[0]} ${argv[1] ?? ''}`, text, secrets));
    return { stdout, stderr, exitCode };
  };
  const inputs = ['-i', `token=${secrets.input}`];
  const first = await run('run', 'leaky.yaml', ...inputs, '--events', '--no-wait');
  // It waits for its answer, after all that fails has failed.
  expect(first, first.stderr).toMatchObject({ exitCode: 3 });
  const { runId } = JSON.parse(first.stdout.split('\n')[0] ?? '');
  await run('answer');
  await run('show', runId, '--json');
  const answered = await run('answer', runId, 'ask', 'a', ...inputs, '--json');
  expect(answered.exitCode, answered.stderr + answered.stdout).toBe(0);
  for (const argv of [
    ['show', runId],
    ['logs', runId],
    ['history', '--json'],
    ['why', runId, 'spliced'],
    ['dedup', 'list', '--json'],
  ])
    await run(...argv);
  await run('graph', runId, '--format', 'svg');
  await run('graph', runId, '--format', 'json');
  await run('run', 'leaky.yaml', ...inputs, '--dry-run');
  for (const [file, content] of writtenBy(project)) leaks.push(...leaksIn(file, content, secrets));
  expect((await run('show', runId, '--json')).stdout).toContain('***');
  return leaks;
}

const FULL = process.env.KEYSTONE_FULL === '1';

test('no byte that keystone writes holds a secret, however and wherever it was printed', async () => {
  await fc.assert(
    fc.asyncProperty(aCase, async (drawn) => {
      expect(await leaksOf(drawn)).toEqual([]);
    }),
    { ...daily(), numRuns: FULL ? 40 : 1, endOnFailure: true },
  );
}, 1_800_000);

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

/** Everything a client of the inspector is sent from now on. */
function listenTo(port: number): Promise<{ heard: () => Buffer; close: () => void }> {
  const chunks: Buffer[] = [];
  const socket = connect(port, '127.0.0.1');
  const headers = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Key: ${'x'.repeat(22)}==`];
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${headers.join('\r\n')}\r\nSec-WebSocket-Version: 13\r\n\r\n`);
  return new Promise((resolve, reject) => {
    socket.on('error', reject).on('data', (chunk) => {
      chunks.push(chunk);
      resolve({ heard: () => Buffer.concat(chunks), close: () => void socket.destroy() });
    });
  });
}

test('the inspector is sent none either', async () => {
  const [drawn] = fc.sample(aCase, { numRuns: 1, ...daily() });
  if (drawn === undefined) throw new Error('no case');
  const { token, message } = { token: drawn.secrets.ALPHA, message: drawn.secrets.input };
  const source = `
name: watched
inputs: { token: { type: string, secret: true } }
steps:
  - { id: nap, type: human, message: begin }
  - { id: say, needs: nap, run: "echo \${{ secrets.ALPHA }}; exit 1", allowFailure: true }
  - { id: items, needs: nap, foreach: "[secrets.ALPHA, inputs.token]", run: "echo \${{ item }}" }
  - { id: ask, needs: [say, items], type: human, message: "Is \${{ inputs.token }} right, or \${{ secrets.ALPHA|base64 }}?" }
  - { id: late, needs: ask, type: wait, event: "x", match: "data == secrets.ALPHA", timeout: 1ms, allowFailure: true }
`;
  const port = await freePort();
  const project = new TestProject({
    'watched.yaml': source,
    '.keystone/config.yaml': `inspect: { open: false, port: ${port} }\n`,
  });
  projects.push(project);
  const env = { ALPHA: token };
  const run = project.start(['run', 'watched.yaml', '--inspect', '--wait', '-i', `token=${message}`], {
    env,
  });
  await run.seen('inspector: http://localhost:');
  await run.seen('asks: begin');
  const { heard, close } = await listenTo(port);
  const answer = (step: string) => project.keystone(['answer', 'last', step, 'yes'], { env });
  expect(await answer('nap')).toMatchObject({ exitCode: 0 });
  await run.seen('asks: Is');
  expect(await answer('ask')).toMatchObject({ exitCode: 0 });
  expect((await run.done).exitCode).toBe(0);
  close();
  expect(heard().toString()).toContain('@xstate.snapshot');
  expect(heard().toString()).toContain('Is ***');
  expect(leaksIn('the inspector', heard(), { token, message })).toEqual([]);
}, 120_000);
