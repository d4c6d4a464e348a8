/** Workflow files that are none, or that nobody would write: each is answered with its place, exit code 2, and quickly. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../cli/build.ts';
import type { TestProject } from '../cli/spawn.ts';
import { asNobody, canActAsNobody, inShell, oneStep, place } from './place.ts';

beforeAll(ensureBuilt, 120_000);

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** Nine aliases of nine aliases …: 3.5 thousand million values once written out. */
function aliasBomb(): string {
  const names = [...'abcdefghij'];
  const lines = names.map((name, i) => {
    const inner = i === 0 ? 'x' : `*${names[i - 1]}`;
    return `x-${name}: &${name} [${times(9, () => inner).join(', ')}]`;
  });
  return `name: bomb\n${lines.join('\n')}\nsteps:\n  - { id: a, run: echo }\n`;
}

interface Found {
  code: string;
  line: number;
  column: number;
  message: string;
  hint?: string;
}

/** Problems by file, of one `validate --json` over all of them. */
async function problems(where: TestProject, ...paths: string[]): Promise<Record<string, Found[]>> {
  const { stdout, stderr, exitCode } = await where.keystone(['validate', '--json', ...paths]);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 2 });
  const { files } = JSON.parse(stdout) as { files: { file: string; diagnostics: Found[] }[] };
  return Object.fromEntries(files.map(({ file, diagnostics }) => [file, diagnostics]));
}

const codes = (found: Found[] | undefined): string[] | undefined =>
  found?.map(({ code, line, column }) => `${code} ${line}:${column}`);

describe('a file that is no workflow', () => {
  test('is told apart: missing, a folder, empty, binary, in another encoding; the others are still checked', async () => {
    const where = place({
      'empty.yaml': '',
      'comment.yaml': '# nothing\n',
      'fine.yaml': oneStep('run: echo'),
    });
    mkdirSync(join(where.folder, 'flows.yaml'));
    writeFileSync(join(where.folder, 'binary.yaml'), Buffer.from([0x6e, 0x61, 0x00, 0xfe, 0xff]));
    writeFileSync(join(where.folder, 'latin1.yaml'), Buffer.from('name: x\n# gr\xfc\xdfe\n', 'latin1'));
    const found = await problems(
      where,
      'empty.yaml',
      'comment.yaml',
      'binary.yaml',
      'latin1.yaml',
      'fine.yaml',
    );
    expect(codes(found['empty.yaml'])).toEqual(['EMPTY_FILE 1:1']);
    expect(codes(found['comment.yaml'])).toEqual(['EMPTY_FILE 1:1']);
    expect(codes(found['binary.yaml'])).toEqual(['WORKFLOW_UNREADABLE 1:1']);
    expect(found['latin1.yaml']?.[0]?.message).toBe(
      'latin1.yaml is no text file: line 2 holds what is no character in UTF-8',
    );
    expect(found['fine.yaml']).toEqual([]);

    const run = (file: string) => where.keystone(['run', file]);
    expect(await run('flows.yaml')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'error: flows.yaml is a folder, not a workflow\nhint: name a file in it; all of them are checked by: keystone validate flows.yaml\n',
    });
    expect(await run('./gone.yaml')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^error: there is no file \.\/gone\.yaml\nhint: /),
    });
    expect(await run('binary.yaml')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('binary.yaml is no text file'),
    });
    expect(await where.keystone(['validate', 'flows.yaml'])).toMatchObject({
      exitCode: 2,
      stderr: 'error: no .yaml or .yml file in flows.yaml\n',
    });
  });

  test('that may not be read is told as such', (context) => {
    context.skip(!canActAsNobody(), 'nobody cannot start the command line here');
    const where = place({ 'secret.yaml': oneStep('run: echo'), 'fine.yaml': oneStep('run: echo') });
    chmodSync(join(where.folder, 'secret.yaml'), 0);
    expect(asNobody(where, ['run', 'secret.yaml'])).toMatchObject({
      exitCode: 2,
      stderr: 'error: secret.yaml cannot be read (EACCES)\nhint: check its permissions\n',
    });
    const checked = asNobody(where, ['validate', 'secret.yaml', 'fine.yaml']);
    expect(checked.exitCode).toBe(2);
    expect(checked.stdout).toContain('secret.yaml:1:1  WORKFLOW_UNREADABLE');
    expect(checked.stdout).toContain('1 error in 1 file');
  });
});

describe('a file as other editors write it', () => {
  const text =
    'name: said\nsteps:\n  - id: a\n    run: |\n      echo one\n      echo zwölf\noutputs: { a: "${{ steps.a.output }}" }\n';
  test.each([
    ['CRLF line ends', Buffer.from(text.replaceAll('\n', '\r\n'))],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16, little-endian', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16, big-endian', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ])('runs as if it were plain: %s', async (_what, bytes) => {
    const where = place();
    writeFileSync(join(where.folder, 'said.yaml'), bytes);
    expect(await where.keystone(['run', 'said.yaml', '-q'])).toEqual({
      exitCode: 0,
      stdout: 'a: \n  one\n  zwölf\n',
      stderr: '',
    });
  });
});

describe('a file made to hurt', () => {
  test('is refused by a limit with a name, or checked, all within seconds', async () => {
    const where = place({
      'big.yaml': `name: big\ndescription: |\n${`  ${'x'.repeat(98)}\n`.repeat(105_000)}`,
      'bomb.yaml': aliasBomb(),
      'brackets.yaml': `name: deep\nx-deep: ${'['.repeat(5000)}${']'.repeat(5000)}\nsteps:\n  - { id: a, run: echo }\n`,
      'parentheses.yaml': oneStep(`run: "\${{ ${'('.repeat(2000)}1${')'.repeat(2000)} }}"`),
      'expressions.yaml': `name: many\nsteps:\n${times(100, (i) => `  - { id: s${i}, run: "echo ${times(100, (j) => `\${{ ${i} + ${j} }}`).join(' ')}" }\n`).join('')}`,
      'line.yaml': `name: line\nsteps:\n  - { id: a, run: echo, tiemout: 1s } # ${'y'.repeat(200_000)}\n`,
      'broken.yaml': 'name: b\nsteps:\n  - { id: a, run: "echo }\n',
    });
    const startedAt = Date.now();
    const files = ['big', 'bomb', 'brackets', 'parentheses', 'expressions', 'line', 'broken'];
    const found = await problems(where, ...files.map((file) => `${file}.yaml`));
    expect(Date.now() - startedAt).toBeLessThan(15_000);
    expect(codes(found['big.yaml'])).toEqual(['SOURCE_TOO_LARGE 1:1']);
    expect(codes(found['bomb.yaml'])?.[0]).toMatch(/^YAML_TOO_MANY_VALUES /);
    expect(found['brackets.yaml']).toMatchObject([
      { code: 'YAML_TOO_DEEP', line: 2, message: 'the file is nested too deeply' },
    ]);
    expect(codes(found['parentheses.yaml'])).toEqual([expect.stringMatching(/^EXPRESSION_\w+ 3:\d+$/)]);
    expect(found['expressions.yaml']).toEqual([]);
    expect(codes(found['line.yaml'])).toEqual(['UNKNOWN_FIELD 3:25']);
    expect(codes(found['broken.yaml'])?.[0]).toMatch(/^YAML_SYNTAX /);
  });

  test('is shown by lines short enough for a terminal', async () => {
    const where = place({ 'line.yaml': oneStep(`run: echo, tiemout: 1s } # { ${'y'.repeat(200_000)}`) });
    const { exitCode, stdout, stderr } = await where.keystone(['validate', 'line.yaml']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(250);
  });
});

describe('validate', () => {
  test('passes no misspelt key, second id, unknown pool, wrong type, cycle or forbidden id; run refuses the same', async () => {
    const where = place({
      'bad.yaml': `name: bad
steps:
  - { id: a, run: echo, tiemout: 1s }
  - { id: a, run: echo, pool: nowhere }
  - { id: b, run: 3, needs: [x], timeout: fast }
  - { id: __proto__, run: echo }
  - { id: c, run: echo, needs: [d] }
  - { id: d, run: echo, needs: [c], retry: 3 }
stepz: []
`,
    });
    const found = await problems(where, 'bad.yaml');
    expect(codes(found['bad.yaml'])).toEqual([
      'UNKNOWN_FIELD 3:25',
      'DUPLICATE_ID 4:11',
      'UNKNOWN_POOL 4:31',
      'WRONG_TYPE 5:19',
      'UNKNOWN_STEP 5:30',
      'BAD_DURATION 5:43',
      'RESERVED_NAME 6:11',
      'NEED_CYCLE 8:33',
      'WRONG_TYPE 8:44',
      'UNKNOWN_FIELD 9:1',
    ]);
    const run = await where.keystone(['run', 'bad.yaml']);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('10 errors in 1 file');
    expect(run.stderr).toContain('did you mean "timeout"?');
    expect((await inShell(where, 'ls -A .keystone')).stdout).toBe('');
  });
});
