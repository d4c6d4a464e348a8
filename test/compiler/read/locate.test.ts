import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../../compiler/diagnostic.ts';
import { formatDiagnostic, locate } from '../../../compiler/read/locate.ts';

const at = (source: string, text: string, more: Partial<Diagnostic> = {}): Diagnostic => {
  const start = source.indexOf(text);
  return {
    severity: 'error',
    code: 'CODE',
    message: 'wrong',
    span: { start, end: start + text.length },
    path: '',
    ...more,
  };
};

describe('locate', () => {
  test.each([
    ['abc', 0, 1, 1],
    ['abc', 3, 1, 4],
    ['abc', 99, 1, 4],
    ['a\nb', 2, 2, 1],
    ['a\r\nb', 3, 2, 1],
    ['a\rb', 2, 2, 1],
    ['a\n\nb', 2, 2, 1],
    ['a\n\nb', 3, 3, 1],
    ['\uFEFFab', 1, 1, 1],
    ['\uFEFFab', 2, 1, 2],
    ['', 0, 1, 1],
  ])('%j at %i is line %i, column %i', (source, offset, line, column) => {
    expect(locate(source, offset)).toEqual({ line, column });
  });
});

describe('formatDiagnostic', () => {
  test('gives the place, the code, the message and the hint, then the line with carets', () => {
    const source = 'steps:\n  - id: a\n    tiemout: 5m\n';
    const diagnostic = at(source, 'tiemout', {
      code: 'UNKNOWN_FIELD',
      message: '"tiemout" is not a field of shell',
      hint: 'did you mean "timeout"?',
    });
    expect(formatDiagnostic(diagnostic, source, 'x.yaml')).toBe(
      [
        'x.yaml:3:5  UNKNOWN_FIELD  "tiemout" is not a field of shell; did you mean "timeout"?',
        '2 |   - id: a',
        '3 |     tiemout: 5m',
        '  |     ^^^^^^^',
      ].join('\n'),
    );
  });

  test('marks warnings', () => {
    expect(formatDiagnostic(at('a: 1', 'a', { severity: 'warning' }), 'a: 1', 'f')).toContain(
      'warning: wrong',
    );
  });

  test('carets stay on the first line of a long span', () => {
    const source = 'a:\n  b: 1\n  c: 2\n';
    expect(formatDiagnostic(at(source, 'b: 1\n  c: 2'), source, 'f').split('\n').at(-1)).toBe('  |   ^^^^');
  });

  test('tabs before the place are kept, so that carets line up', () => {
    expect(formatDiagnostic(at('x\n\tab', 'ab'), 'x\n\tab', 'f').split('\n').at(-1)).toBe('  | \t^^');
  });

  test('control characters never reach the terminal', () => {
    const source = 'a: \u001b[31mred\u0007';
    expect(formatDiagnostic(at(source, 'red'), source, 'f')).not.toMatch(/[\u0007\u001b]/);
  });

  test('very long lines are cut', () => {
    const source = `a: ${'x'.repeat(5_000)}`;
    expect(formatDiagnostic(at(source, 'a'), source, 'f').length).toBeLessThan(300);
  });

  test('colour is off unless asked for', () => {
    const source = 'a: 1';
    expect(formatDiagnostic(at(source, 'a'), source, 'f')).not.toContain('\u001b');
    expect(formatDiagnostic(at(source, 'a'), source, 'f', { color: true })).toContain('\u001b[31m');
  });

  test('an empty file has no snippet', () => {
    expect(formatDiagnostic(at('', 'x'), '', 'f').split('\n')).toHaveLength(1);
  });
});
