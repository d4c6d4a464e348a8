/** What keeps a shell step within bounds: the shell it names, the commands that are denied, the sandbox. Real processes. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StepFailure } from '../../src/kernel/failure.ts';
import { sandboxProblem } from '../../src/services/process/bubblewrap.ts';
import { DEFAULT_SHELL_CONFIG, type ShellConfig } from '../../src/steps/shell/config.ts';
import { deniedCommand } from '../../src/steps/shell/denied.ts';
import { shell } from '../../src/steps/shell/index.ts';
import { runShell, type ShellFields } from '../../src/steps/shell/run.ts';
import { type TestContext, testContext } from './context.ts';

const configured = (config: Partial<ShellConfig>): ShellConfig => ({ ...DEFAULT_SHELL_CONFIG, ...config });
const contextWith = (config: Partial<ShellConfig> = {}, env: Record<string, string> = {}): TestContext =>
  testContext({ config: configured(config), env });

async function failureOf(fields: ShellFields, ctx: TestContext): Promise<StepFailure> {
  const error: unknown = await runShell(fields, ctx).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StepFailure);
  return error as StepFailure;
}

describe('the shell', () => {
  it('is what the configuration says where the step does not, also for quoting and descriptions', async () => {
    const ctx = contextWith({ default: 'bash' });
    expect((await runShell({ run: 'echo $BASH_VERSION' }, ctx)).output).toMatch(/^\d/);
    expect((await runShell({ run: 'echo ok$BASH_VERSION', shell: 'sh' }, ctx)).output).toMatch(/^ok/);
    expect((await runShell({ run: 'console.log(1 + 1)' }, contextWith({ default: 'node' }))).output).toBe(
      '2',
    );
    const config = configured({ default: 'node' });
    expect((await shell.quote?.({ run: 'x' }, config))?.('a b')).toBe('"a\\u0020b"');
    expect((await shell.quote?.({ run: 'x', shell: 'sh' }, config))?.('a b')).toBe("'a b'");
    expect(shell.describe?.({ run: 'f()' }, config)).toBe('node: f()');
  });

  it.each(['zsh', 'pwsh', 'bash'] as const)('that is not there is named: %s', async (name) => {
    const ctx = contextWith({}, { PATH: '/nowhere' });
    const failure = await failureOf({ run: 'echo', shell: name }, ctx);
    expect(failure).toMatchObject({ code: 'COMMAND_NOT_FOUND', retryable: false });
    expect(failure.message).toBe(
      `the script is for ${name}, but there is no program ${name} on the PATH; install it, or write the script for another "shell"`,
    );
  });
});

describe('denied commands', () => {
  const config = configured({ denylist: ['rm', 'git push', '/usr/bin/dd', 'npm publish --force'] });

  it.each([
    { run: 'cd x && rm -rf .' },
    { run: '"r"m x' },
    { run: '/bin/rm x' },
    { run: 'echo $(find . | xargs rm)' },
    { run: "bash -c 'sudo rm x'" },
    { run: 'git push origin main' },
    { run: 'if true; then git push; fi' },
    { run: '/usr/bin/dd if=a' },
    { run: 'npm publish --force --tag x' },
    { run: 'rm x', shell: 'zsh' },
    { args: ['rm', 'x'] },
    { args: ['sudo', 'rm', 'x'] },
    { args: ['sh', '-c', 'rm x'] },
  ])('%j is refused', async (fields) => {
    const refusal = shell.refuse?.(fields, config);
    expect(refusal).toMatchObject({
      code: 'COMMAND_DENIED',
      hint: expect.stringContaining('shell.denylist'),
    });
    const ctx = testContext({ config });
    expect(await failureOf(fields as ShellFields, ctx)).toMatchObject({
      code: 'COMMAND_DENIED',
      retryable: false,
    });
    expect(ctx.started).toEqual([]);
  });

  it.each([
    { run: 'echo rm; echo "rm x" \'; rm\' # rm' },
    { run: 'git pull; git status push' },
    { run: 'dd if=a' },
    { run: 'npm publish' },
    { run: 'rm()', shell: 'node' },
    { run: '$RM x' },
    { args: ['echo', 'rm'] },
  ])('%j is not', (fields) => {
    expect(deniedCommand(fields, config)).toBeUndefined();
  });

  it('are found in what a template turns out to be', async () => {
    const written = { run: '${{ inputs.tool|raw }} x', args: undefined };
    expect(shell.refuse?.(written, config)).toBeUndefined();
    expect(await failureOf({ run: 'rm x' }, testContext({ config }))).toMatchObject({
      code: 'COMMAND_DENIED',
    });
  });
});

describe('permissions', () => {
  it.each<[object, string[]]>([
    [
      { run: 'cd a && make -j4 | tee log; [ -f x ] && echo done; A=1 ./deploy.sh' },
      ['make', 'tee', './deploy.sh'],
    ],
    [{ run: 'curl ${{ inputs.url }}; ${{ inputs.tool }} x; $TOOL' }, ['curl', '${{ inputs.tool }}', '$TOOL']],
    [{ run: 'sudo systemctl restart x' }, ['sudo', 'systemctl']],
    [{ run: 'fetch("x")', shell: 'node' }, ['node']],
    [{ args: ['${{ inputs.tool }}', 'x'] }, ['${{ inputs.tool }}']],
    [{ run: 'echo hello' }, ['sh']],
  ])('of %j', (written, commands) => {
    expect(shell.permissions?.(written as never)).toEqual(commands.map((what) => ({ to: 'run', what })));
  });
});

describe('a sandbox that cannot be had', () => {
  it('is no matter where it is optional, and a refusal where it is demanded', () => {
    // `sandbox: false` needs no look at the machine.
    expect(shell.refuse?.({ run: 'x', sandbox: false }, configured({ sandbox: 'required' }))).toMatchObject({
      code: 'SANDBOX_REQUIRED',
    });
    expect(shell.refuse?.({ run: 'x', sandbox: false }, configured({ sandbox: 'auto' }))).toBeUndefined();
    expect(shell.refuse?.({ run: 'x' }, configured({ sandbox: 'off' }))).toBeUndefined();
    expect(shell.refuse?.({ run: 'x', sandbox: '${{ inputs.s }}' }, configured({}))).toBeUndefined();
  });
});

describe.skipIf(sandboxProblem(false) !== undefined)('a sandbox', () => {
  const inside = (
    fields: Omit<ShellFields, 'sandbox'>,
    sandbox: NonNullable<ShellFields['sandbox']>,
    ctx = contextWith(),
  ) => runShell({ ...fields, sandbox }, ctx);

  it('lets a command write to the folder of the run and a /tmp of its own, and to nothing else', async () => {
    const ctx = contextWith({}, { HOME: '/root' });
    const script =
      'echo a > here; echo b > /tmp/x && cat /tmp/x; echo c > /var/tmp/keystone-sandbox-test; true';
    const { output, raw } = await inside({ run: script }, true, ctx);
    expect(output).toBe('b');
    expect(raw?.stderr).toMatch(/Read-only file system/);
    expect(readFileSync(join(ctx.cwd, 'here'), 'utf8')).toBe('a\n');
    expect(existsSync('/var/tmp/keystone-sandbox-test')).toBe(false);
  });

  it('lets it write only where it is told, and never to what keystone keeps', async () => {
    const ctx = contextWith();
    for (const folder of ['out', '.keystone', 'sub']) mkdirSync(join(ctx.cwd, folder));
    const script = 'touch out/a sub/b .keystone/c; ls out sub';
    expect((await inside({ run: script }, { writable: ['out'] }, ctx)).output).toBe('out:\na\n\nsub:');
    expect((await inside({ run: 'touch ../.keystone/c; touch x', dir: 'sub' }, true, ctx)).output).toBe('');
    expect(existsSync(join(ctx.cwd, 'sub/x'))).toBe(true);
    expect(existsSync(join(ctx.cwd, '.keystone/c'))).toBe(false);
  });

  it('takes the network away when it is told to', async () => {
    const server = createServer((socket) => socket.end('hi'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const script = `const s = require('net').connect(${port}, '127.0.0.1'); s.on('data', (d) => console.log(String(d))).on('error', (e) => console.log(e.code))`;
    expect((await inside({ run: script, shell: 'node' }, true)).output).toBe('hi');
    expect((await inside({ run: script, shell: 'node' }, { network: false })).output).toBe('ECONNREFUSED');
  });

  it('is the same command otherwise: input, environment, arguments, exit code, the time to end', async () => {
    const ctx = contextWith({}, { GIVEN: 'yes' });
    const { output } = await inside(
      { args: ['sh', '-c', 'cat; echo "$GIVEN $0 $1"', 'a', 'b c'], stdin: 'in ' },
      true,
      ctx,
    );
    expect(output).toBe('in yes a b c');
    expect(await failureOf({ run: 'exit 7', sandbox: true }, contextWith())).toMatchObject({
      code: 'EXIT_CODE',
      details: { exitCode: 7 },
    });
    const canceled = contextWith();
    const running = inside(
      { run: `trap 'echo late; sleep 0.2; echo later; exit' TERM; echo ready; sleep 60 & wait` },
      true,
      canceled,
    );
    running.catch(() => {});
    while (!canceled.streamed.stdout.includes('ready'))
      await new Promise((resolve) => setTimeout(resolve, 5));
    canceled.abort.abort();
    await expect(running).rejects.toMatchObject({ code: 'CANCELED' });
    expect(canceled.streamed.stdout).toBe('ready\nlate\nlater\n');
  });

  it.each([
    [{ run: 'x', sandbox: { writable: ['no/such'] } }, 'SANDBOX_PATH', '"writable" names no/such'],
    [{ args: ['no-such-program'], sandbox: true }, 'COMMAND_NOT_FOUND', 'no-such-program'],
    [{ run: 'x', shell: 'pwsh', sandbox: true }, 'COMMAND_NOT_FOUND', 'the script is for pwsh'],
    [{ run: 'x', dir: 'no/such', sandbox: true }, 'FOLDER_NOT_FOUND', 'no/such'],
  ])('%j fails with %s', async (fields, code, message) => {
    const failure = await failureOf(fields as ShellFields, contextWith({}, { PATH: '/usr/bin:/bin' }));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(message);
  });

  it('is what the configuration gives to every step that says nothing', async () => {
    for (const sandbox of ['auto', 'required'] as const) {
      const ctx = contextWith({ sandbox });
      writeFileSync(join(ctx.cwd, 'x'), '');
      const { raw } = await runShell({ run: 'touch /usr/keystone-sandbox-test; echo ok' }, ctx);
      expect(raw).toMatchObject({ stdout: 'ok\n', stderr: expect.stringContaining('Read-only') });
    }
  });
});
