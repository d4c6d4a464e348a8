/** What a script is seen to read, and what the compiler makes of it. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { compile, formatDiagnostic } from '#compiler';
import { builtinCatalog } from '../../src/steps/catalog.ts';
import { readsOf } from '../../src/steps/script/reads.ts';
import { tokensOf } from '../../src/steps/script/tokens.ts';

/** `root.member.member`, with a `?` where the name may be the script's own. */
const reads = (code: string): string[] =>
  readsOf(code).map(({ root, path, maybe }) => [root, ...path].join('.') + (maybe ? '?' : ''));

describe('a script reads', () => {
  it.each<[string, string[]]>([
    ['return inputs.a + steps.build.output.x', ['inputs.a', 'steps.build.output.x']],
    [
      'steps?.a?.output?.[0]; steps["b-c"].output; env[\'X\']',
      ['steps.a.output.0', 'steps.b-c.output', 'env.X'],
    ],
    ['steps[name]; inputs[`x`]; secrets.T.length', ['steps', 'inputs', 'secrets.T']],
    ['const { a, b: c, "d e": f } = inputs', ['inputs.a', 'inputs.b', 'inputs.d e']],
    ['const { a, ...rest } = inputs; let { b } = steps.x;', ['inputs', 'steps.x']],
    [
      'inputs.list.map(f); inputs.hasOwnProperty(x); inputs?.t?.trim?.()',
      ['inputs.list', 'inputs', 'inputs.t'],
    ],
    ['`${inputs.a} inputs.no ${`${steps.b.output}`} }`', ['inputs.a', 'steps.b.output']],
    ['f`${item}`; return typeof index', ['item', 'index']],
    ['return { inputs, steps: steps.a }', ['inputs', 'steps.a']],
    ['a ? item : index', ['item', 'index']],
    ['switch (run.id) { case index: break }', ['run.id', 'index']],
    ['if (x) /["\']/.test(inputs.z); return steps.q', ['inputs.z', 'steps.q']],
    ['return 4 / inputs.y / 2 + (1) / item', ['inputs.y', 'item']],
    ['x = { a: /steps.no/g }; return /[/"]inputs.no/.test(item)', ['item']],
    ['...steps.a', ['steps.a']],
  ])('%s', (code, expected) => {
    expect(reads(code)).toEqual(expected);
  });

  it.each([
    '// inputs.a',
    '/* steps.a\n steps.b */',
    '"inputs.a" + \'steps.b\' + `item`',
    'x.inputs.a; x?.steps; x.y.item',
    'return { item: 1, index() {} }',
    'inputs2; $inputs; inputsé; #inputs',
  ])('nothing: %s', (code) => {
    expect(reads(code)).toEqual([]);
  });

  it.each<[string, string[]]>([
    ['for (const item of inputs.list) f(item)', ['inputs.list', 'item?']],
    ['inputs.list.map((item, index) => item.x + index)', ['inputs.list', 'item.x?', 'index?']],
    ['inputs.list.map(item => item.x).concat(item.id)', ['inputs.list', 'item.x?', 'item.id?']],
    ['function f(steps, { env }) { return steps.length + env }', ['steps.length?', 'env?']],
    ['let a, item; item.x', ['item.x?']],
    ['class A { run = 1; m(item) { return item } } run.id', ['item?', 'run.id?']],
    ['try {} catch (run) { run.id }', ['run.id?']],
  ])('perhaps only its own names: %s', (code, expected) => {
    expect(reads(code)).toEqual(expected);
  });

  test('anything at all without an exception, each token where it stands', () => {
    const piece = fc.constantFrom(
      ...'steps inputs . ?. [ ] { } ( ) => = / " \' ` ${ } \\ \n const , ; a 1 // /* */ é'.split(' '),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const code = pieces.join('');
        let at = 0;
        for (const { start, end } of tokensOf(code)) {
          expect(start).toBeGreaterThanOrEqual(at);
          expect(end).toBeGreaterThan(start);
          at = end;
        }
        expect(at).toBeLessThanOrEqual(code.length);
        for (const { root, start } of readsOf(code)) expect(code.startsWith(root, start)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

/** First lines of what the compiler says, as the author sees them. */
function said(source: string): string[] {
  const compiled = compile(source, { catalog: builtinCatalog });
  return compiled.diagnostics.map(
    (each) => formatDiagnostic(each, source, 'f').split('\n')[0]?.replace(/^f:/, '') ?? '',
  );
}
const flow = (script: string, more = ''): string => `name: f
inputs: { a: { type: string } }
steps:
  - id: build
    run: echo ${'${{ inputs.a }}'}
  - id: s
    type: script${more}
    run: ${script}
`;

describe('the compiler', () => {
  it('makes a script wait for the steps it reads, but not for those it only may read', () => {
    const needs = (script: string): string[] | undefined => {
      const compiled = compile(flow(script), { catalog: builtinCatalog });
      return compiled.ok ? compiled.plan.blocks.steps[1]?.needs : undefined;
    };
    expect(needs('return steps.build.output')).toEqual(['build']);
    expect(needs('const { build } = steps; return build.output')).toEqual(['build']);
    expect(needs('return "steps.build"')).toEqual([]);
    expect(needs('return inputs.a')).toEqual([]);
  });

  it.each([
    ['return steps.biuld.output', '8:17  UNKNOWN_STEP  there is no step "biuld"; did you mean "build"?'],
    ['return inputs.b', '8:17  UNKNOWN_INPUT  there is no input "b"'],
    ['return item', '8:17  ITEM_OUTSIDE_FOREACH  "item" has no value outside'],
    ['return steps.s.output', '8:17  SELF_REFERENCE'],
    [
      'return steps[inputs.a]',
      '8:17  UNNAMED_STEP  warning: which step this reads is only known at run time',
    ],
    ['return steps.build.outptu', '8:17  UNKNOWN_PROPERTY'],
    ['return last_failed_step', '8:17  LAST_FAILED_OUTSIDE_ERRORS'],
    ['"let a = 1;\\n  let b = ;"', "8:33  BAD_FIELD  this is no JavaScript: unexpected token ';'"],
    [
      '|\n      let a = 1;\n      return {',
      '10:14  BAD_FIELD  this is no JavaScript: unexpected end of the script',
    ],
    [
      '>-\n      let a = 1;\n      let a = 2;',
      "10:11  BAD_FIELD  this is no JavaScript: identifier 'a' has already been declared",
    ],
    [
      'return 1 }); (async () => {',
      '8:10  BAD_FIELD  this is no JavaScript: a bracket closes more than the script',
    ],
    ['return ${{ inputs.a }}', '8:10  TEMPLATE_NOT_ALLOWED  "run" is code'],
    [
      'return secrets.T',
      '8:17  BAD_FIELD  the script reads "secrets", which it is not allowed; write "allow: [secrets]"',
    ],
    ['42', '8:10  WRONG_TYPE'],
  ])('of %s says %s', (script, message) => {
    expect(said(flow(script)).join('\n')).toContain(message);
  });

  it.each([
    'return `${inputs.a} ${[1, 2].map((item) => item)}`',
    'return inputs.a.length',
    'for (const run of [1]) console.log(run.nothing); return 1',
    'return [env, workflow.name, run.id]',
  ])('has nothing to say of %s', (script) => {
    expect(said(flow(script))).toEqual([]);
  });

  it.each([
    ['\n    allow: [fetch, sockets]', '8:20  BAD_VALUE  "allow" must be one of'],
    ['\n    allow: ["${{ inputs.a }}"]', '"allow" must be written out'],
    ['\n    allowInsecure: ${{ inputs.a }}', '"allowInsecure" must be written out'],
    ['\n    allowInsecure: true\n    allow: [fetch]', 'which has its own ways to fetch'],
    ['\n    allowPrivateNetwork: true', 'has no effect without "allow: [fetch]"'],
    ['\n    memoryLimitMb: 1', 'must be at least 4'],
    ['\n    memory: 1', '"memory" is not a field of script'],
  ])('of a step with%s says %s', (more, message) => {
    expect(said(flow('return 1', more)).join('\n')).toContain(message);
  });

  it('counts inputs that only a script reads as used', () => {
    const source =
      'name: f\ninputs: { a: { type: string } }\nsteps: [{ id: s, type: script, run: return inputs.a }]\n';
    expect(said(source)).toEqual([]);
    expect(said(source.replace('inputs.a', '1'))).toEqual([expect.stringContaining('UNUSED_INPUT')]);
  });
});
