/** The answer as data: found in what the model wrote, and checked against what was asked for. */
import { validateValue } from '#compiler';
import type { Json, JsonObject } from '../../kernel/json.ts';

export type Answer = { value: Json } | { problem: string };

/** @param schema undefined: the text itself is the answer */
export function answerOf(content: string, schema: JsonObject | undefined): Answer {
  if (schema === undefined) return { value: content };
  if (schema.type === 'string') return checked(content, schema);
  const values = candidates(content).flatMap(parsed);
  const [first] = values;
  if (first === undefined) return { problem: 'it is no JSON' };
  const answers = values.map(({ value }) => checked(value, schema));
  return answers.find((answer) => 'value' in answer) ?? answers[0] ?? { problem: 'it is no JSON' };
}

function checked(value: Json, schema: JsonObject): Answer {
  const problems = validateValue(schema, value);
  if (problems.length === 0) return { value };
  return { problem: problems.map(({ path, message }) => `${path || 'it'} ${message}`).join('; ') };
}

/** The whole text, what is fenced in it, and what stands between the outermost braces or brackets. */
function candidates(content: string): string[] {
  const fenced = Array.from(content.matchAll(/```[a-z]*\s*\n([\s\S]*?)```/gi), ([, inner]) => inner ?? '');
  const braces = /\{[\s\S]*\}/.exec(content)?.[0];
  const brackets = /\[[\s\S]*\]/.exec(content)?.[0];
  return [content, ...fenced, braces, brackets].filter((text) => text !== undefined);
}

function parsed(text: string): { value: Json }[] {
  try {
    return [{ value: JSON.parse(text) }];
  } catch {
    return [];
  }
}
