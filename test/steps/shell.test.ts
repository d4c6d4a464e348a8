/** The shell kind against real processes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StepFailure } from '../../src/kernel/failure.ts';
import { Redactor } from '../../src/kernel/redact.ts';
import { childEnvironment } from '../../src/services/process/child-environment.ts';
import { shell } from '../../src/steps/shell/index.ts';
import { runShell, type ShellFields } from '../../src/steps/shell/run.ts';
import { type TestContext, testContext } from './context.ts';
import { runExample } from './run-example.ts';

async function failureOf(fields: ShellFields, ctx: TestContext = testContext()): Promise<StepFailure> {
  const error = await runShell(fields, ctx).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StepFailure);
  expect(ctx.openSinks()).toBe(0);
  return error as StepFailure;
}

describe('shell output', () => {
  it('gives trimmed stdout as output and both streams with the exit code as raw result', async () => {
    const ctx = testContext();
    const result = await runShell({ run: 'echo hello; echo oops >&2' }, ctx);
    expect(result).toEqual({ output: 'hello', raw: { stdout: 'hello\n', stderr: 'oops\n', exitCode: 0 } });
    expect(ctx.streamed).toMatchObject({ stdout: 'hello\n', stderr: 'oops\n' });
    expect(ctx.started).toHaveLength(1);
  });

  it('parses JSON, YAML and lines', async () => {
    const json = await runShell({ run: `echo '{"a": [1, 2]}'`, parse: 'json' }, testContext());
    expect(json.output).toEqual({ a: [1, 2] });
    const yaml = await runShell(
      { run: String.raw`printf 'a: 1\nb: [x, y]\n'`, parse: 'yaml' },
      testContext(),
    );
    expect(yaml.output).toEqual({ a: 1, b: ['x', 'y'] });
    const lines = await runShell({ run: String.raw`printf 'a\n\nb\r\n'`, parse: 'lines' }, testContext());
    expect(lines.output).toEqual(['a', '', 'b']);
    expect((await runShell({ run: 'true', parse: 'lines' }, testContext())).output).toEqual([]);
  });

  it('names what it got instead of JSON', async () => {
    const failure = await failureOf({ run: 'echo Service unavailable', parse: 'json' });
    expect(failure).toMatchObject({ code: 'OUTPUT_NOT_PARSED', retryable: true });
    expect(failure.message).toContain('it begins with "Service unavailable"');
    expect((await failureOf({ run: 'true', parse: 'json' })).message).toContain('it is empty');
  });

  it('keeps multi-byte characters whole across chunk borders', async () => {
    const script = `const b = Buffer.from('äöü€😀'.repeat(3)); let i = 0;
      const t = setInterval(() => { process.stdout.write(b.subarray(i, i + 7)); i += 7; if (i >= b.length) clearInterval(t); }, 1)`;
    const result = await runShell({ run: script, shell: 'node' }, testContext());
    expect(result.output).toBe('äöü€😀'.repeat(3));
  });

  it('refers to output that is no UTF-8 by its hash', async () => {
    const ctx = testContext();
    const { output } = await runShell({ run: String.raw`printf '\377\376\000x'` }, ctx);
    expect(output).toEqual({ blob: expect.stringMatching(/^[0-9a-f]{64}$/), bytes: 4 });
    const [blob] = [...ctx.blobs.values()];
    expect([...(blob?.content ?? [])]).toEqual([255, 254, 0, 120]);
  });

  it('spills more than 10 MiB to a blob and refuses to parse it', async () => {
    const ctx = testContext();
    const { output, raw } = await runShell({ run: 'head -c 20000000 /dev/zero | tr "\\0" x; echo end' }, ctx);
    expect(output).toEqual({ blob: expect.any(String), bytes: 20_000_004 });
    expect(raw).toMatchObject({ stdout: output, exitCode: 0 });
    const failure = await failureOf({ run: 'head -c 20000000 /dev/zero | tr "\\0" 1', parse: 'json' });
    expect(failure).toMatchObject({ code: 'OUTPUT_TOO_LARGE', details: { bytes: 20_000_000 } });
  });
});

describe('shell failures', () => {
  it('marks where it cuts a line that is too long for a message, so that half a secret is known as one', async () => {
    const failure = await failureOf({
      run: 'head -c 9000 /dev/zero | tr "\\0" a; printf correct-horse-battery; head -c 4085 /dev/zero | tr "\\0" z; exit 1',
    });
    expect(failure.message).toContain('…rse-batteryzzz');
    const odd = await failureOf({
      run: 'head -c 9000 /dev/zero | tr "\\0" a; printf correct-h€rse; head -c 4091 /dev/zero | tr "\\0" z; exit 1',
    });
    expect(odd.message).toContain('…rsezzz');
    const shown = new Redactor([['key', 'correct-horse-battery']]).text(failure.message);
    expect(shown).toMatch(/…\*\*\*z+$/);
  });

  it('names the exit code and the last lines of stderr', async () => {
    const failure = await failureOf({ run: 'for i in $(seq 50); do echo line $i >&2; done; exit 3' });
    expect(failure).toMatchObject({ code: 'EXIT_CODE', retryable: true, details: { exitCode: 3 } });
    expect(failure.message).toMatch(/^sh ended with exit code 3:\nline 41\n(line \d+\n)+line 50$/);
  });

  it('shows stdout when stderr says nothing', async () => {
    expect((await failureOf({ run: 'echo 2 tests failed; exit 1' })).message).toContain('2 tests failed');
  });

  it('names the signal that ended it', async () => {
    const failure = await failureOf({ run: 'kill -SEGV $$' });
    expect(failure).toMatchObject({ code: 'SIGNAL', details: { signal: 'SIGSEGV', exitCode: 139 } });
    expect(failure.message).toContain('signal 11 (SIGSEGV)');
  });

  it('says that a program is missing, is no program, or that its folder is missing', async () => {
    const ctx = testContext();
    writeFileSync(join(ctx.cwd, 'plain.txt'), 'x');
    expect(await failureOf({ args: ['no-such-program'] })).toMatchObject({
      code: 'COMMAND_NOT_FOUND',
      retryable: false,
    });
    expect(await failureOf({ args: ['./plain.txt'] }, ctx)).toMatchObject({ code: 'COMMAND_NOT_EXECUTABLE' });
    const missing = await failureOf({ run: 'true', dir: 'nowhere' });
    expect(missing.code).toBe('FOLDER_NOT_FOUND');
    expect(missing.message).toContain('nowhere: no such folder');
  });

  it('explains a command line that is too long and a NUL character', async () => {
    expect(await failureOf({ args: ['echo', 'x'.repeat(3_000_000)] })).toMatchObject({
      code: 'COMMAND_TOO_LONG',
    });
    expect(await failureOf({ args: ['echo', 'a\0b'] })).toMatchObject({ code: 'INVALID_COMMAND' });
  });

  it('refuses a script for an interpreter it would not be run by', async () => {
    const python = await failureOf({ run: '#!/usr/bin/env python3\nprint(1)' });
    expect(python).toMatchObject({ code: 'WRONG_INTERPRETER' });
    expect((await failureOf({ run: '#!/bin/bash\ntrue' })).message).toContain('write "shell: bash"');
    expect((await runShell({ run: '#!/bin/sh -e\necho ok' }, testContext())).output).toBe('ok');
    expect(
      (await runShell({ run: '#!/usr/bin/env -S bash -e\necho ok', shell: 'bash' }, testContext())).output,
    ).toBe('ok');
  });

  it('needs exactly one of run and args', async () => {
    expect((await failureOf({})).code).toBe('INVALID_FIELDS');
    expect((await failureOf({ run: 'true', args: ['true'] })).code).toBe('INVALID_FIELDS');
  });
});

describe('shell input', () => {
  it('starts args without a shell', async () => {
    const { output } = await runShell(
      { args: ['printf', '%s|', '$HOME', '*', 'a b', 7, true] },
      testContext(),
    );
    expect(output).toBe('$HOME|*|a b|7|true|');
  });

  it('runs in dir with the environment of the context', async () => {
    const ctx = testContext({ env: { FROM_WORKFLOW: 'w' } });
    mkdirSync(join(ctx.cwd, 'sub'));
    const { output } = await runShell({ run: 'pwd; echo $FROM_WORKFLOW', dir: 'sub' }, ctx);
    expect(output).toBe(`${ctx.cwd}/sub\nw`);
  });

  it('gives stdin as text or JSON, and an empty one without it', async () => {
    expect((await runShell({ run: 'cat', stdin: 'häh\n' }, testContext())).output).toBe('häh');
    expect((await runShell({ run: 'cat', stdin: { a: 1 } }, testContext())).output).toBe('{"a":1}');
    expect((await runShell({ run: 'cat' }, testContext())).output).toBe('');
  });

  it('does not mind a program that leaves its stdin unread', async () => {
    const result = await runShell(
      { run: 'exec 0<&-; echo done', stdin: 'x'.repeat(5_000_000) },
      testContext(),
    );
    expect(result.output).toBe('done');
  });

  it('does not source ~/.bashrc when stdin is given', async () => {
    const ctx = testContext();
    writeFileSync(join(ctx.cwd, '.bashrc'), 'echo sourced');
    const processEnv = childEnvironment({ base: { PATH: process.env.PATH, HOME: ctx.cwd }, env: {} });
    const { output } = await runShell({ run: 'cat', shell: 'bash', stdin: 'x' }, { ...ctx, processEnv });
    expect(output).toBe('x');
  });
});

describe('quoting', () => {
  const nasty = [
    "it's",
    '$(id)',
    '`id`',
    'a;b',
    'a\nb',
    '',
    '~',
    '=ls',
    '\\',
    '"',
    '*',
    '!x',
    "$'x'",
    '-n',
    'ü’‘',
    '${HOME}',
    '#',
  ];

  it.each(['sh', 'bash', 'node'] as const)('makes any value one word of %s', async (name) => {
    const quote = await shell.quote?.({ shell: name });
    if (quote === undefined) throw new Error('shell has no quoting');
    const words = nasty.map((value) => quote(value));
    const run =
      name === 'node'
        ? `process.stdout.write(JSON.stringify([${words.join(', ')}]))`
        : `printf '%s\\0' ${words.join(' ')}`;
    const { raw } = await runShell({ run, shell: name }, testContext());
    const seen =
      name === 'node' ? JSON.parse(String(raw?.stdout)) : String(raw?.stdout).split('\0').slice(0, -1);
    expect(seen).toEqual(nasty);
  });

  it('survives random values in sh and bash', async () => {
    const values = fc.sample(fc.string({ unit: 'grapheme' }), 300).map((value) => value.replaceAll('\0', ''));
    for (const name of ['sh', 'bash'] as const) {
      const quote = await shell.quote?.({ shell: name });
      const run = `printf '%s\\0' ${values.map((value) => quote?.(value)).join(' ')}`;
      const { raw } = await runShell({ run, shell: name }, testContext());
      expect(String(raw?.stdout).split('\0').slice(0, -1)).toEqual(values);
    }
  });

  it('doubles every character PowerShell takes for a quote', async () => {
    const quote = await shell.quote?.({ shell: 'pwsh' });
    expect(quote?.("a'b’c‘d‚e‛f")).toBe("'a''b’’c‘‘d‚‚e‛‛f'");
  });

  it('refuses a shell that is not known when values are quoted', async () => {
    await expect(shell.quote?.({ shell: '${{ inputs.shell }}' })).rejects.toMatchObject({
      code: 'INVALID_FIELDS',
    });
  });
});

describe('the example', () => {
  it('quotes values, parses, feeds stdin and goes on after an allowed failure', async () => {
    const run = await runExample('shell', { who: '$(id); `id` "x"' });
    expect(run).toMatchObject({
      status: 'success',
      outputs: {
        greeting: 'Hello, $(id); `id` "x"',
        even: ['2', '4', '6'],
        loud: 'HELLO, $(ID); `ID` "X"',
        grep_said: 1,
      },
      steps: {
        grep: { status: 'success', outcome: 'failed', error: { code: 'EXIT_CODE' } },
        versions: { output: { node: process.version } },
      },
    });
  });
});
