/** Fields that are always expressions: the same with and without `${{ }}` around them. */
import type { Parsed } from './ast.ts';
import { ExpressionError } from './expression-error.ts';
import { parse } from './parse.ts';
import { isTemplate, splitTemplate } from './template.ts';

/** A parsed expression and where it begins in the text it was taken from. */
export interface Located {
  parsed: Parsed;
  /** Offset of the expression in the text. */
  start: number;
}

/** @throws {ExpressionError} with offsets in `text` */
export function parseWithin(text: string, source: string, start: number): Located {
  try {
    return { parsed: parse(source), start };
  } catch (error) {
    throw error instanceof ExpressionError && start > 0 ? error.within(text, start) : error;
  }
}

/** The expression of a text that is one, with or without `${{ }}`. @throws {ExpressionError} with offsets in `text` */
export function parseExpressionText(text: string): Located {
  if (!isTemplate(text)) return parseWithin(text, text, 0);
  const segments = splitTemplate(text).filter(
    (segment) => segment.kind === 'expression' || segment.text.trim() !== '',
  );
  const [only] = segments;
  if (segments.length === 1 && only?.kind === 'expression') return parseWithin(text, only.source, only.start);
  // `${{ a }} == 'b'` would be text, which is always true: a classic that is better refused.
  throw new ExpressionError(
    'EXPRESSION_SYNTAX',
    'this field is one expression, but only a part of it is within "${{ }}"',
    {
      expression: text,
      offset: text.indexOf('${{'),
      hint: 'put all of it into one `${{ }}`, or leave the `${{ }}` out',
    },
  );
}

/** Every expression in a text. @throws {ExpressionError} with offsets in `text` */
export function parseTemplateText(text: string): Located[] {
  if (!isTemplate(text)) return [];
  return splitTemplate(text).flatMap((segment) =>
    segment.kind === 'expression' ? [parseWithin(text, segment.source, segment.start)] : [],
  );
}
