/** JSON values for people: text as it is, the rest as JSON. */
import type { Json } from '../../kernel/json.ts';
import { stripControls } from './format.ts';

/** Text without quotes; several lines, lists and objects indented below. */
export function renderValue(value: Json, indent = 2): string {
  const pad = ' '.repeat(indent);
  if (typeof value === 'string') {
    const text = stripControls(value).trimEnd();
    return text.includes('\n')
      ? `\n${text
          .split('\n')
          .map((line) => pad + line)
          .join('\n')}`
      : text;
  }
  if (value === null || typeof value !== 'object') return String(value);
  const flat = JSON.stringify(value);
  if (flat.length <= 80) return flat;
  return `\n${JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => pad + line)
    .join('\n')}`;
}
