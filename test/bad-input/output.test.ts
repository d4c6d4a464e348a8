/** Steps that print much, print bytes, or print secrets; and readers of keystone's own output that go away. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../cli/build.ts';
import type { TestProject } from '../cli/spawn.ts';
import { inShell, oneStep, place } from './place.ts';

beforeAll(ensureBuilt, 120_000);

const everyFile = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile());

const json = async (where: TestProject, ...argv: string[]) =>
  JSON.parse((await where.keystone([...argv, '--json'])).stdout);

describe('a step that prints', () => {
  test('2 MB hands them on whole', async () => {
    const where = place({
      'a.yaml': `name: much
steps:
  - { id: a, run: "head -c 2000000 /dev/zero | tr '\\\\0' x" }
  - { id: b, type: file, op: write, path: copy, content: "\${{ steps.a.output }}" }
`,
    });
    expect((await where.keystone(['run', 'a.yaml', '-q'])).exitCode).toBe(0);
    expect(readFileSync(join(where.folder, 'copy'), 'latin1')).toBe('x'.repeat(2_000_000));
  });

  test.runIf(process.platform === 'linux')(
    '500 MB takes no more than 250 MB of memory, and all of it is in the log and in the output',
    async () => {
      const where = place({ 'a.yaml': oneStep('run: head -c 500000000 /dev/zero') });
      const running = where.start(['run', 'a.yaml', '--json']);
      let peakKb = 0;
      const watch = setInterval(() => {
        const status = readIfThere(`/proc/${running.child.pid}/status`);
        peakKb = Math.max(peakKb, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0));
      }, 50);
      const { exitCode, stdout } = await running.done;
      clearInterval(watch);
      expect(exitCode).toBe(0);
      const result = JSON.parse(stdout);
      expect(result.steps.a.output).toMatchObject({ bytes: 500_000_000 });
      expect(peakKb).toBeGreaterThan(10_000);
      expect(peakKb).toBeLessThan(250_000);
      const log = statSync(join(where.folder, '.keystone/logs', result.runId, 'a.1.log'));
      expect(log.size).toBeGreaterThan(500_000_000);
    },
    60_000,
  );

  test('bytes that are no text gives a reference to them; the bytes are kept as they were', async () => {
    const where = place({ 'a.yaml': oneStep("run: printf 'a\\377\\000\\376b'; printf '\\377' >&2") });
    const result = await json(where, 'run', 'a.yaml');
    const { blob, bytes } = result.steps.a.output;
    expect(bytes).toBe(5);
    const kept = readFileSync(join(where.folder, '.keystone/blobs', blob.slice(0, 2), blob));
    expect([...kept]).toEqual([0x61, 0xff, 0, 0xfe, 0x62]);
    expect((await where.keystone(['logs', 'last', 'a'])).stdout).toContain('a\ufffd');
  });
});

describe('a secret', () => {
  const secret = 's3cr3t-Zz9/+token"with\'quotes';
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const flow = `name: secret
inputs: { token: { type: string, secret: true } }
env: { T: "\${{ inputs.token }}" }
outputs: { whole: "\${{ steps.whole.output }}" }
steps:
  - { id: whole, run: 'echo "$T"; echo "to stderr: $T" >&2' }
  - { id: parts, run: 'printf %s "$(printf %s "$T" | cut -c1-9)"; sleep 0.1; printf "%s\\n" "$(printf %s "$T" | cut -c10-)"' }
  - { id: coded, run: 'printf "user:%s" "$T" | base64 -w0' }
  - { id: fails, allowFailure: true, run: 'echo "no login with \${{ inputs.token }}" >&2; exit 3' }
  - { id: nothing, type: shell, allowFailure: true, args: ["/nonexistent/\${{ inputs.token }}"] }
  - { id: file, type: file, op: read, allowFailure: true, path: "\${{ inputs.token }}.txt" }
  - { id: number, allowFailure: true, run: 'echo \${{ inputs.token|number }}' }
  - { id: skipped, if: "\${{ inputs.token == 'x' }}", run: echo }
  - { id: last, needs: [whole, parts, coded, fails, nothing, file, number], run: 'echo last $T; exit 9' }
`;

  test('that steps print is in no output, no event, no error, no command’s answer and no file', async () => {
    const where = place({ 'flow.yaml': flow });
    const said: string[] = [];
    for (const argv of [
      ['run', 'flow.yaml', '-i', `token=${secret}`, '--explain'],
      ['run', 'flow.yaml', '-i', `token=${secret}`, '--events'],
      ['run', 'flow.yaml', '-i', `token=${secret}`, '--dry-run'],
      ['show', 'last', '--json'],
      ['logs', 'last'],
      ['why', 'last', 'last'],
      ['graph', 'last', '--format', 'html'],
      ['history', '--json'],
    ]) {
      const { exitCode, stdout, stderr } = await where.keystone(argv);
      expect([argv[0], argv[0] === 'run' && argv.at(-1) !== '--dry-run' ? 1 : 0]).toEqual([
        argv[0],
        exitCode,
      ]);
      said.push(`${stdout}${stderr}`);
    }
    rmWorkflow(where);
    const kept = everyFile(where.folder).map((file) => `${file}\n${readFileSync(file, 'latin1')}`);
    expect(kept.some((text) => text.includes('no login with ***'))).toBe(true);
    expect(said[0]).toContain('no login with ***');
    const core = base64(`user:${secret}`).slice(8, -4);
    for (const needle of [
      secret,
      JSON.stringify(secret).slice(1, -1),
      's3cr3t',
      'Zz9',
      base64(secret).slice(0, -4),
      core,
    ]) {
      expect({ needle, in: [...said, ...kept].filter((text) => text.includes(needle)) }).toEqual({
        needle,
        in: [],
      });
    }
  });
});

describe('a reader that goes away', () => {
  test('does not end the run, which goes on unheard', async () => {
    const where = place({
      'a.yaml':
        'name: a\nsteps:\n  - { id: a, run: "sleep 0.2; seq 1 2000" }\n  - { id: b, needs: a, run: touch ran }\n',
    });
    const { stdout, stderr } = await inShell(
      where,
      '$KEYSTONE run a.yaml --events | head -1; echo "${PIPESTATUS[0]}"',
    );
    expect(stdout).toMatch(/^\{.*"run\.started".*\}\n0\n$/);
    expect(stderr).toBe('');
    expect((await json(where, 'show', 'last')).status).toBe('success');
  });
});

describe('--dry-run', () => {
  test('executes nothing and writes nothing, not even a store', async () => {
    const where = place({
      'a.yaml':
        'name: a\nsteps:\n  - { id: a, run: touch ran }\n  - { id: b, type: file, op: write, path: written, content: x }\nfinally: [{ id: f, run: touch ran }]\n',
    });
    const before = (await inShell(where, 'find . | sort')).stdout;
    const { exitCode, stdout } = await inShell(where, '$KEYSTONE run a.yaml --dry-run');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('touch ran');
    expect((await inShell(where, 'find . | sort')).stdout).toBe(before);
  });
});

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** It names no secret, but so that nothing of ours is searched. */
function rmWorkflow(where: TestProject): void {
  where.write('flow.yaml', '');
}
