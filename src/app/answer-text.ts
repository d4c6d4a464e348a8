/** What a person types → the value a question asks for. The value is checked against the question's schema afterwards. */
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError, StepFailure } from '../kernel/failure.ts';
import type { Json } from '../kernel/json.ts';
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
      const options = asks.options ?? [];
      const chosen = options.find((option) => labelOf(option) === text);
      if (chosen !== undefined) return chosen;
      throw invalid(`"${text}" is none of ${options.map(labelOf).join(', ')}`, asks);
    }
    case 'form':
      return asJson(text, asks);
    default:
      return asks.inputType satisfies never;
  }
}

/** What is wrong with a value as an answer, every violation; undefined: nothing. */
export function answerProblem(asks: AnswerSuspension, value: Json): string | undefined {
  try {
    checkAnswer(asks, value);
    return undefined;
  } catch (error) {
    if (error instanceof StepFailure) return error.message;
    throw error;
  }
}

/** How a choice is shown and typed. */
export const labelOf = (option: Json): string =>
  typeof option === 'string' ? option : JSON.stringify(option);

function asJson(text: string, asks: AnswerSuspension): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`the answer is no JSON: ${error instanceof Error ? error.message : String(error)}`, asks);
  }
}

const invalid = (message: string, { message: question }: AnswerSuspension): KeystoneError =>
  new KeystoneError('ANSWER_INVALID', message, { exitCode: EXIT.usage, hint: `it asks: ${question}` });
