/** One question of a run, asked at the terminal in the form that fits it. */
import type { Readable, Writable } from 'node:stream';
import type { Json, JsonObject } from '../kernel/json.ts';
import { holdsSecret, maskPlaceholders } from '../kernel/redact.ts';
import type { AppApi, Question } from './app-api.ts';
import { formatDate, oneLine, stripControls } from './output/format.ts';
import { inputValue } from './run-options.ts';
import type { Terminal } from './terminal.ts';

type Clack = typeof import('@clack/prompts');
type Asks = Question['asks'];

interface Streams {
  input: Readable;
  output: Writable;
  signal: AbortSignal;
}

/** The prompt was left, by a key or because nobody waits for the answer any more. */
export const LEFT = Symbol('left');

export async function promptAnswer(
  app: AppApi,
  terminal: Terminal,
  question: Question,
  signal: AbortSignal,
): Promise<Json | typeof LEFT> {
  const clack = await import('@clack/prompts');
  const streams: Streams = {
    // Terminals of this process, as `canAsk` has found out; the interfaces of the command line only promise less.
    input: terminal.streams.stdin as Readable,
    output: terminal.streams.stderr as unknown as Writable,
    signal,
  };
  const [asked, about] = [stripControls(question.asks.message), aboutOf(question, terminal)];
  const message = `${asked}\n${about}`;
  const ask = new Ask(clack, streams, app, question.asks);
  const { inputType, schema } = question.asks;
  // Whoever presses Enter without having read it has approved nothing.
  if (inputType === 'confirm') return ask.confirm(message, question.asks.default?.value === true);
  if (inputType === 'select') return ask.select(message, question.asks.options ?? []);
  const fields = inputType === 'form' ? flatFields(schema) : undefined;
  if (fields === undefined) return ask.text(`${asked}  ${about}`);
  clack.log.message(wrapped(message, (terminal.streams.stderr.columns ?? 80) - 4), {
    output: streams.output,
  });
  return ask.form(fields, new Set(Array.isArray(schema.required) ? schema.required.map(String) : []));
}

/** At spaces; a word that is longer than a line stays whole. */
const wrapped = (text: string, width: number): string =>
  text.replaceAll(new RegExp(`(?=.{${width + 1}})(.{0,${width}}) +`, 'g'), '$1\n');

/** Where the question comes from, whom it is for, and until when. */
function aboutOf({ path, dueAt, asks }: Question, terminal: Terminal): string {
  const parts = [
    path,
    asks.assignees === undefined ? '' : `for ${asks.assignees.join(', ')}`,
    dueAt === undefined ? '' : `until ${formatDate(dueAt)}`,
    asks.default === undefined ? '' : `then ${JSON.stringify(asks.default.value)}`,
    'Esc: later',
  ];
  const text = oneLine(parts.filter((part) => part !== '').join(' · '), 120);
  return terminal.talkPaint.dim(text);
}

/** From below the answer of a prompt that was left, and its bar, to the beginning of an empty line; and back. */
const ONE_ANSWER_UP = '\u001b[2A\r\u001b[2K';
const BACK_DOWN = '\u001b[2B\r';

class Ask {
  constructor(
    private readonly clack: Clack,
    private readonly streams: Streams,
    private readonly app: AppApi,
    private readonly asks: Asks,
  ) {}

  async confirm(message: string, initialValue: boolean): Promise<Json | typeof LEFT> {
    const { confirm, isCancel } = this.clack;
    const answer = await confirm({ message, initialValue, ...this.streams });
    return isCancel(answer) ? this.left() : answer;
  }

  /** What was drawn as the answer, struck out, nobody has said. */
  private left(): typeof LEFT {
    if (!this.streams.signal.aborted)
      this.streams.output.write(`${ONE_ANSWER_UP}│  not answered here${BACK_DOWN}`);
    return LEFT;
  }

  async select(message: string, choices: readonly Json[]): Promise<Json | typeof LEFT> {
    const options = this.app
      .choicesOf(choices)
      .map(({ label }, index) => ({ value: index, label: stripControls(label) }));
    const chosen = await this.clack.select({ message, options, ...this.streams });
    return typeof chosen === 'symbol' ? this.left() : (choices[chosen] ?? null);
  }

  /** Text, or JSON in one line where the answer is no text. */
  async text(message: string): Promise<Json | typeof LEFT> {
    const { app, asks } = this;
    const validate = (typed = ''): string | undefined => {
      try {
        return app.answerProblem(asks, app.parseAnswer(asks, typed));
      } catch (error) {
        return (error as Error).message;
      }
    };
    const typed = await this.clack.text({ message, validate, ...this.streams });
    return typeof typed === 'symbol' ? LEFT : app.parseAnswer(asks, typed);
  }

  /** One field after another, and once more when the whole does not fit. */
  async form(
    fields: [name: string, schema: JsonObject][],
    required: ReadonlySet<string>,
  ): Promise<Json | typeof LEFT> {
    for (;;) {
      const answer: JsonObject = {};
      for (const [name, schema] of fields) {
        const value = await this.field(name, schema, required.has(name));
        if (value === LEFT) return LEFT;
        if (value !== undefined) answer[name] = value;
      }
      const problem = this.app.answerProblem(this.asks, answer);
      if (problem === undefined) return answer;
      this.clack.log.error(problem, { output: this.streams.output });
    }
  }

  private async field(
    name: string,
    schema: JsonObject,
    required: boolean,
  ): Promise<Json | undefined | typeof LEFT> {
    const about = schema.description ?? schema.title;
    const message = stripControls(maskPlaceholders(typeof about === 'string' ? `${name} (${about})` : name));
    if (schema.type === 'boolean') return this.confirm(message, schema.default === true);
    if (Array.isArray(schema.enum)) return this.select(message, schema.enum);
    const typed = await this.clack.text({
      message: required ? message : `${message}, if any`,
      ...(schema.default !== undefined &&
        !holdsSecret(schema.default) && { initialValue: this.app.labelOf(schema.default) }),
      validate: (text = '') => (required && text === '' ? 'a value is needed' : wrongType(text, schema)),
      ...this.streams,
    });
    if (typeof typed === 'symbol') return LEFT;
    return typed === '' && !required ? undefined : inputValue(typed, schema);
  }
}

function wrongType(text: string, schema: JsonObject): string | undefined {
  const isNumber = schema.type === 'number' || schema.type === 'integer';
  if (!isNumber || text === '') return undefined;
  const value = inputValue(text, schema);
  if (typeof value !== 'number') return 'a number, please';
  return schema.type === 'integer' && !Number.isInteger(value) ? 'a whole number, please' : undefined;
}

const SIMPLE: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean']);

/** Fields that can be asked one by one; undefined for everything else an object may be. */
function flatFields(schema: JsonObject): [string, JsonObject][] | undefined {
  const { properties } = schema;
  if (!isObject(properties)) return undefined;
  const fields = Object.entries(properties);
  const simple = fields.filter(
    (field): field is [string, JsonObject] =>
      isObject(field[1]) && (SIMPLE.has(field[1].type) || Array.isArray(field[1].enum)),
  );
  return fields.length > 0 && simple.length === fields.length ? simple : undefined;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
