import { readFileSync } from 'node:fs';
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

test('what is undone is ordered by what came after what, and effects that stay are named', () => {
  const proof = proveSource(`name: x
steps:
  - { id: base, run: echo, compensate: { id: u0, run: echo } }
  - { id: left, needs: [base], run: echo, compensate: { id: u1, run: echo } }
  - { id: right, needs: [base], run: echo, compensate: { id: u2, run: echo } }
  - { id: look, type: file, op: read, path: x }
  - { id: note, needs: [base], type: file, op: write, path: x, content: x }
  - { id: last, needs: [left, right], run: echo }`);
  const last = proof.failurePoints.find(({ step }) => step === 'last');
  expect(last).toMatchObject({ undone: ['right', 'left', 'base'], maybe: [], left: ['last', 'note'] });
  const left = proof.failurePoints.find(({ step }) => step === 'left');
  expect(left).toMatchObject({ undone: ['right', 'left', 'base'], maybe: ['right'] });
  expect(proof.undoneBefore).toEqual([
    ['right', 'base'],
    ['left', 'base'],
  ]);
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
      `name: x\npools: { api: 1, own: 1 }\nsteps: [{ id: hold, type: ${kind}, workflow: ${file}, pool: ${pool} }]`,
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

test('1,000 steps are answered for in seconds even on a busy machine', () => {
  const steps = Array.from({ length: 1000 }, (_, at) => {
    const needs = at === 0 ? [] : [`s${at - 1}`];
    return `  - { id: s${at}, run: "echo \${{ steps.s${Math.max(0, at - 1)}.output }}", needs: [${needs}] }`;
  });
  const source = `name: x\nsteps:\n  - { id: s0, run: echo }\n${steps.slice(1).join('\n')}\n`;
  const begun = performance.now();
  const proof = proveSource(source);
  expect(performance.now() - begun).toBeLessThan(10_000);
  expect(proof.answers.map(({ proved, asked }) => asked - proved)).toEqual([0, 0, 0, 0, 0]);
});
