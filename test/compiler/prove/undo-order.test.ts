import { describe, expect, test } from 'vitest';
import { compile } from '#compiler';
import { builtinCatalog } from '../../../src/steps/catalog.ts';
import { Effects, effectKind } from '../../runtime/test-kinds.ts';
import { NO_CHILDREN, proveSource } from './prove-source.ts';

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

test('undos of the errors block come first, that of the workflow last', () => {
  const proof = proveSource(`name: x
compensate: { id: whole, run: echo }
steps:
  - { id: a, run: echo, compensate: { id: u0, run: echo } }
  - { id: b, needs: [a], run: echo, compensate: { id: u1, run: echo } }
errors:
  - { id: tell, run: echo, compensate: { id: u2, run: echo } }`);
  const b = proof.failurePoints.find(({ step }) => step === 'b');
  expect(b).toMatchObject({ undone: ['errors/tell', 'b', 'a', '(workflow)'], maybe: ['errors/tell'] });
  expect(proof.undoneBefore).toEqual([
    ['b', 'a'],
    ['errors/tell', 'b'],
    ['a', '(workflow)'],
  ]);
});

describe('what stays', () => {
  const left = (steps: string, files: Record<string, string> = {}): string[] =>
    proveSource(`name: x\nsteps:\n${steps}\n  - { id: last, type: file, op: read, path: x }`, {
      slots: {
        ...NO_CHILDREN,
        child: (target) => {
          const compiled = compile(files[target] ?? '', { catalog: builtinCatalog });
          return compiled.ok ? { plan: compiled.plan, file: target } : { unknown: `there is no ${target}` };
        },
      },
    }).failurePoints.find(({ step }) => step === 'last')?.left ?? [];

  test('is what has neither compensate nor idempotencyKey', () => {
    expect(
      left(`  - { id: a, run: echo }
  - { id: b, run: echo, idempotencyKey: "'k'" }
  - { id: c, run: echo, compensate: { id: u, run: echo } }
  - { id: d, run: echo, memoize: true }`),
    ).toEqual(['d', 'a']);
  });

  test('has an effect as its kind says, from its fields', () => {
    expect(
      left(`  - { id: a, type: sleep, duration: 1s }
  - { id: b, type: human, message: go on? }
  - { id: c, type: file, op: list, path: . }
  - { id: d, type: file, op: write, path: x, content: x }
  - { id: e, type: emit, event: x }
  - { id: f, type: emit, event: x, scope: project }
  - { id: g, type: join, needs: [a] }`),
    ).toEqual(['f', 'd']);
  });

  test('a kind that says nothing is taken to have one', () => {
    const kind = { ...effectKind(new Effects()), kind: 'custom' };
    const catalog = new Map([...builtinCatalog, [kind.kind, kind] as const]);
    const proof = proveSource('name: x\nsteps:\n  - { id: a, type: custom }\n  - { id: b, run: echo }', {
      catalog,
    });
    expect(proof.failurePoints.find(({ step }) => step === 'b')?.left).toEqual(['b', 'a']);
  });

  test('is looked for in sub-workflows, which undo themselves unless the step does', () => {
    const files = {
      'book.yaml':
        'name: book\nsteps: [{ id: pay, run: echo }, { id: room, run: echo, compensate: { id: u, run: echo } }]',
      'trip.yaml': 'name: trip\nsteps: [{ id: book, workflow: book.yaml }]',
    };
    const calls = `  - { id: a, workflow: trip.yaml }
  - { id: b, workflow: book.yaml, compensate: { id: undo, run: echo } }
  - { id: c, workflow: book.yaml, detach: true }
  - { id: d, workflow: missing.yaml }`;
    expect(left(calls, files)).toEqual(['d', 'c', 'a → book → pay']);
  });
});
