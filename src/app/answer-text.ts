/** What a person types → the value a question asks for. The value is checked against the question's schema afterwards. */
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError, StepFailure } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { holdsSecret, maskPlaceholders } from '../kernel/redact.ts';
import { checkAnswer } from '../runtime/index.ts';
import type { AnswerSuspension } from '../steps/define.ts';

const YES = new Set(['yes', 'y', 'true', 'ok', 'approve', 'approved']);
const NO = new Set(['no', 'n', 'false', 'reject', 'rejected', 'deny']);

/** @throws {KeystoneError} ANSWER_INVALID, saying what can be typed. */
export function parseAnswer(asks: AnswerSuspension, text: string): Json {
  switch (asks.inputType) {
    case 'confirm': {
      const word = text.trim().toLowerCase();
      if (YES.has(word)) return true;
      if (NO.has(word)) return false;
      throw invalid(`"${text}" is neither yes nor no`, asks);
    }
    case 'text':
      return asks.schema.type === 'string' ? text : asJson(text, asks);
    case 'select': {
      const choices = choicesOf(asks.options ?? []);
      const chosen = choices.find(({ word, label }) => word === text || label === text);
      if (chosen !== undefined) return chosen.value;
      throw invalid(`"${text}" is none of ${choices.map(({ label }) => label).join(', ')}`, asks);
    }
    case 'form':
      return withChoices(asks.schema, asJson(text, asks));
    default:
      return asks.inputType satisfies never;
  }
}

/**
 * What is wrong with a value as an answer, every violation; undefined: nothing, or nothing that can be told here, because only
 * the process that runs the run knows the secrets in the schema.
 */
export function answerProblem(asks: AnswerSuspension, value: Json): string | undefined {
  try {
    checkAnswer(asks, value);
    return undefined;
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return holdsSecret(asks.schema) ? undefined : error.message;
  }
}

export interface Choice {
  /** What to type. */
  word: string;
  /** How it is shown. */
  label: string;
  /** The answer; sealed where it holds a secret, and taken for the choice it stands for. */
  value: Json;
}

/** A choice that holds a secret is shown without it, and typed as `option-2`. */
export function choicesOf(options: readonly Json[]): Choice[] {
  return options.map((value, index) => {
    if (!holdsSecret(value)) return { word: labelOf(value), label: labelOf(value), value };
    const word = `option-${index + 1}`;
    return { word, label: `${word}: ${labelOf(value)}`, value };
  });
}

/** Fields of a form may be given as the words of their choices, too. */
function withChoices({ properties }: JsonObject, form: Json): Json {
  if (!isObject(form) || !isObject(properties)) return form;
  const hidden = Object.entries(properties).flatMap(([name, field]): [string, Json][] => {
    if (!isObject(field) || !Array.isArray(field.enum) || !holdsSecret(field.enum)) return [];
    const chosen = choicesOf(field.enum).find(({ word }) => word === form[name]);
    return chosen === undefined ? [] : [[name, chosen.value]];
  });
  return { ...form, ...Object.fromEntries(hidden) };
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value as it is shown in one line. */
export const labelOf = (value: Json): string => {
  const shown = maskPlaceholders(value);
  return typeof shown === 'string' ? shown : JSON.stringify(shown);
};

function asJson(text: string, asks: AnswerSuspension): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`the answer is no JSON: ${error instanceof Error ? error.message : String(error)}`, asks);
  }
}

const invalid = (message: string, { message: question }: AnswerSuspension): KeystoneError =>
  new KeystoneError('ANSWER_INVALID', message, { exitCode: EXIT.usage, hint: `it asks: ${question}` });
