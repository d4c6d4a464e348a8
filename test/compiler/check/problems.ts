/** Source in, codes and positions out. */
import { type Compiled, type CompileOptions, compile } from '../../../compiler/compile.ts';
import type { Diagnostic } from '../../../compiler/diagnostic.ts';
import type { Plan, StepPlan } from '../../../compiler/plan.ts';
import { locate } from '../../../compiler/read/locate.ts';
import { testCatalog } from './test-catalog.ts';

export function compileText(source: string, options: Partial<CompileOptions> = {}): Compiled {
  return compile(source, { catalog: testCatalog, ...options });
}

/** `CODE line:column path`, warnings with a `~` in front, in source order. */
export function problems(source: string, options: Partial<CompileOptions> = {}): string[] {
  return compileText(source, options).diagnostics.map((each) => {
    const { line, column } = locate(source, each.span.start);
    return `${each.severity === 'warning' ? '~' : ''}${each.code} ${line}:${column}${each.path === '' ? '' : ` ${each.path}`}`;
  });
}

/** The only diagnostic of a source. */
export function onlyProblem(
  source: string,
  options: Partial<CompileOptions> = {},
): Diagnostic & { text: string } {
  const { diagnostics } = compileText(source, options);
  const [first] = diagnostics;
  if (first === undefined || diagnostics.length > 1) {
    throw new Error(`expected one problem, found ${JSON.stringify(diagnostics.map((each) => each.message))}`);
  }
  return { ...first, text: source.slice(first.span.start, first.span.end) };
}

export function planOf(source: string, options: Partial<CompileOptions> = {}): Plan {
  const compiled = compileText(source, options);
  if (!compiled.ok) throw new Error(compiled.diagnostics.map((each) => each.message).join('\n'));
  return compiled.plan;
}

/** The step of that id in `steps`. */
export function stepOf(source: string, id: string): StepPlan {
  const step = planOf(source).blocks.steps.find((each) => each.id === id);
  if (step === undefined) throw new Error(`no step ${id}`);
  return step;
}

/** A workflow whose only step has these lines, indented by four. */
export function withStep(...lines: string[]): string {
  return `name: w\nsteps:\n  - id: a\n${lines.map((line) => `    ${line}\n`).join('')}`;
}
