import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '#compiler';
import { builtinCatalog } from '../../../src/steps/catalog.ts';
import { ROOT } from '../../house/tree.ts';
import { Effects, effectKind } from '../../runtime/test-kinds.ts';
import { codesOf, eventsOf, findingOf, NO_CHILDREN, proveSource } from './prove-source.ts';

const page = readFileSync(join(ROOT, 'docs/prove.md'), 'utf8');
const examples = [...page.matchAll(/^```yaml (\w+) ?([\w/]*)\n([\s\S]*?)^```/gm)].map(
  ([, code = '', step = '', source = '']) => ({ code, step, source }),
);

describe('docs/prove.md', () => {
  test('has an example of every finding but those that need more than one file', () => {
    const shown = new Set(examples.map(({ code }) => code));
    const codes = [...page.matchAll(/^###? .*?`([A-Z_]+)`/gm)].map(([, code = '']) => code);
    expect(codes.filter((code) => !shown.has(code))).toEqual(['POOL_DEADLOCK', 'NOT_PROVED']);
  });

  test.each(examples)('$code $step', ({ code, step, source }) => {
    const proof = proveSource(source);
    if (code === 'none') expect(codesOf(proof)).toEqual([]);
    else expect(codesOf(proof)).toContain(`${code} ${step}`);
  });

  test('traces of main steps are followed on the statechart', () => {
    const proofs = examples.map(({ source }) => proveSource(source));
    const main = proofs
      .flatMap(({ findings }) => findings)
      .filter(
        ({ trace, step, question }) => trace && !step.startsWith('finally/') && question !== 'handlers',
      );
    expect(main.length).toBeGreaterThan(4);
    expect(main.filter(({ confirmed }) => confirmed !== true)).toEqual([]);
  });
});

test('the examples have no doubts to mend', () => {
  const folder = join(ROOT, 'examples');
  const sources = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .filter((source) => compile(source, { catalog: builtinCatalog }).ok);
  expect(sources.length).toBeGreaterThan(15);
  const findings = sources.flatMap((source) => proveSource(source).findings);
  expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
});

test('a trace says what holds, how steps end and why', () => {
  const source = examples.find(({ code }) => code === 'JOIN_MAY_BE_UNMET')?.source ?? '';
  const finding = findingOf(proveSource(source), 'JOIN_MAY_BE_UNMET');
  expect(finding.trace?.given).toEqual(['inputs.fast is true']);
  expect(eventsOf(finding)).toEqual([
    'test skipped: if: !inputs.fast is false',
    'enough failed: not met: 0 of 2 succeeded (build was pending, test was skipped)',
    'build success',
  ]);
  expect(finding.trace?.outcome).toBe('enough fails, and the run fails');
});

test('a default, a comparison and a condition protect a reference', () => {
  const read = (text: string, condition = 'always()'): string[] =>
    codesOf(
      proveSource(`name: x
steps:
  - { id: a, run: echo }
  - { id: b, needs: [a], if: "${condition}", run: "echo \${{ ${text} }}" }`),
    );
  expect(read('steps.a.output.url')).toEqual(['READS_NOTHING b']);
  expect(read('steps.a.output')).toEqual(['MAY_BE_NULL b']);
  expect(read("steps.a.output.url|default('')")).toEqual([]);
  expect(read("steps.a.status == 'success' ? steps.a.output.url : ''")).toEqual([]);
  expect(read('steps.a.output.url', "always() && steps.a.status == 'success'")).toEqual([]);
  expect(read("run.id == 'x' ? steps.a.output.url : ''")).toEqual(['NOT_PROVED b']);
});

describe('waits', () => {
  const waits = (steps: string): string[] => codesOf(proveSource(`name: x\nsteps:\n${steps}`));

  test('an event that is sent in every run ends its wait', () => {
    expect(waits('  - { id: a, type: emit, event: x }\n  - { id: b, type: wait, event: x }')).toEqual([]);
  });

  test('a wait that its own sender comes after, or whose sender is skipped when another step fails, may not end', () => {
    expect(
      waits('  - { id: b, type: wait, event: x }\n  - { id: a, type: emit, event: x, needs: [b] }'),
    ).toEqual(['WAIT_MAY_NOT_END b']);
    const proof = proveSource(`name: x
steps:
  - { id: build, run: make }
  - { id: tell, type: emit, event: built, needs: [build] }
  - { id: hear, type: wait, event: built }`);
    const finding = findingOf(proof, 'WAIT_MAY_NOT_END');
    expect(eventsOf(finding)).toEqual([
      'build failed: it fails',
      'tell skipped: build, which it needs, failed',
    ]);
    expect(finding.trace?.outcome).toBe('hear waits for "built", and nothing in the run sends it');
    expect(finding.confirmed).toBe(true);
  });

  test('one with a limit, and one for an event from outside, are no question', () => {
    const proof = proveSource(`name: x
steps:
  - { id: a, run: make }
  - { id: b, type: emit, event: x, needs: [a] }
  - { id: c, type: wait, event: x, timeout: 1h }
  - { id: d, type: wait, event: y }`);
    expect(proof.answers.find(({ question }) => question === 'waits')?.asked).toBe(0);
  });
});

describe('pools', () => {
  const runner = {
    ...effectKind(new Effects()),
    kind: 'runner',
    control: 'workflow' as const,
    takesSlot: true,
  };
  runner.schema = builtinCatalog.get('workflow')!.schema;
  const catalog = new Map([...builtinCatalog, ['runner', runner] as const]);
  const child = 'name: child\nsteps: [{ id: inner, type: workflow, workflow: leaf.yaml }]';
  const leaf = 'name: leaf\nsteps: [{ id: work, run: echo, pool: api }]';
  const files: Record<string, string> = { 'child.yaml': child, 'leaf.yaml': leaf };
  const slots = {
    ...NO_CHILDREN,
    pools: { api: 1 },
    child: (target: string) => {
      const compiled = compile(files[target] ?? '', { catalog, pools: ['api'] });
      return compiled.ok ? { plan: compiled.plan, file: target } : { unknown: `there is no ${target}` };
    },
  };
  const prove = (kind: string, file: string, pool = 'api') =>
    proveSource(
      `name: x\npools: { api: 1, own: 1 }\nsteps: [{ id: hold, type: ${kind}, workflow: ${file}${kind === 'workflow' ? '' : `, pool: ${pool}`} }]`,
      {
        catalog,
        slots,
      },
    );

  test('a step that holds a slot of the pool its grandchild waits for is refuted, with the chain', () => {
    const finding = findingOf(prove('runner', 'child.yaml'), 'POOL_DEADLOCK');
    expect(finding.severity).toBe('error');
    expect(finding.message).toContain('pool api (1)');
    expect(finding.trace?.outcome).toContain('hold → child.yaml: inner → leaf.yaml: work');
  });

  test('workflow steps hold no slot, so nothing can wait for them', () => {
    expect(codesOf(prove('workflow', 'child.yaml'))).toEqual([]);
  });

  test('a child that cannot be read is not proved', () => {
    expect(codesOf(prove('runner', 'missing.yaml'))).toEqual(['NOT_PROVED hold']);
  });
});

test('a region of failures that depend on one another is gone through state by state', () => {
  const proof = proveSource(`name: x
on_failure: continue
steps:
  - { id: a, run: echo }
  - { id: b, needs: [a], if: failure(), run: echo }
  - { id: both, type: join, condition: 2, needs: [a, b] }`);
  expect(codesOf(proof)).toEqual(['JOIN_NEVER_MET both']);
});

test('a trace through a sequence that runs in segments is followed on the statechart', () => {
  const steps = Array.from(
    { length: 230 },
    (_, at) => `  - { id: s${at}, run: echo, needs: [${at === 0 ? '' : `s${at - 1}`}] }`,
  );
  const proof = proveSource(`name: x
steps:
${steps.join('\n')}
  - { id: other, run: echo, needs: [s229] }
  - { id: both, type: join, condition: 2, needs: [s229, other] }`);
  expect(findingOf(proof, 'JOIN_MAY_FAIL').confirmed).toBe(true);
});
