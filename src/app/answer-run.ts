/** `keystone answer`: what a person says to a step that waits for it, checked before it is sent, whichever process runs the run. */
import { nearest } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { maskPlaceholders } from '../kernel/redact.ts';
import type { AnswerSuspension } from '../steps/define.ts';
import { SETTLED_RUN, type Store, type WaitRow } from '../store/port.ts';
import { answerProblem } from './answer-text.ts';
import { acquireEngine, type Project, withStore } from './project.ts';

export interface Answered {
  runId: string;
  path: string;
  /** `delivered`: a process runs the run and takes it; `stored`: it is taken when the run goes on. */
  outcome: 'delivered' | 'stored';
  /** The run to resume: the one that no other run began, up from this one. */
  goesOn: string;
}

/** One question an open run asks. */
export interface Question {
  runId: string;
  path: string;
  since: number;
  dueAt?: number;
  /** `***` stands for secrets; in `options` and `schema` placeholders do, of which those in `options` are taken as answers. */
  asks: AnswerSuspension;
}

/** @throws {KeystoneError} RUN_NOT_FOUND, RUN_SETTLED, NOT_WAITING (with what it waits for), ANSWER_INVALID */
export async function answerRun(
  project: Project,
  runId: string,
  path: string,
  value: Json,
): Promise<Answered> {
  const { engine, release } = await acquireEngine(project);
  try {
    const { store } = engine;
    const question = await requireQuestion(store, runId, path);
    refuseInvalid(question, value);
    const host = engine.runs.find(({ run }) => run.runId === runId);
    await store.send(runId, { type: 'ANSWER', path, value }, project.clock.now());
    if (host !== undefined) await engine.readInbox();
    const run = await store.run(runId);
    const owned = run !== undefined && (await store.isOwned(run, project.clock.now()));
    const root = run?.pinned.rootRunId;
    const goesOn = typeof root === 'string' ? root : runId;
    return { runId, path, outcome: owned ? 'delivered' : 'stored', goesOn };
  } finally {
    await release();
  }
}

/** Leaves answers by path for a run that is about to go on: all of them or, when one does not fit, none. */
export async function storeAnswers(
  store: Store,
  runId: string,
  answers: JsonObject,
  now: number,
): Promise<void> {
  for (const [path, value] of Object.entries(answers))
    refuseInvalid(await requireQuestion(store, runId, path), value);
  for (const [path, value] of Object.entries(answers))
    await store.send(runId, { type: 'ANSWER', path, value }, now);
}

/** @throws {KeystoneError} RUN_NOT_FOUND, RUN_SETTLED, NOT_WAITING */
export async function findQuestion(project: Project, runId: string, path: string): Promise<Question> {
  return withStore(project, (store) => requireQuestion(store, runId, path));
}

export async function listQuestions(project: Project, runId?: string): Promise<Question[]> {
  return withStore(project, (store) => openQuestions(store, runId));
}

/** The questions of one run, or of all. */
export async function openQuestions(store: Store, runId?: string): Promise<Question[]> {
  const waits = await store.waits(runId === undefined ? {} : { runId });
  return waits.filter((wait) => wait.for === 'answer').map(toQuestion);
}

function toQuestion({ runId, path, since, dueAt, detail }: WaitRow & { runId: string }): Question {
  // The row's detail is the suspension without what has a column of its own.
  const asks = { for: 'answer', ...detail } as unknown as AnswerSuspension;
  return { runId, path, since, ...(dueAt !== undefined && { dueAt }), asks: shownAs(asks) };
}

/** A sealed question, with secrets masked in all that is merely read. */
export function shownAs(sealed: AnswerSuspension): AnswerSuspension {
  const { options, schema, ...read } = sealed;
  const shown = maskPlaceholders(read as unknown as JsonObject) as unknown as typeof read;
  return { ...shown, schema, ...(options && { options }) };
}

async function requireQuestion(store: Store, runId: string, path: string): Promise<Question> {
  const run = await store.run(runId);
  if (run === undefined) throw usage('RUN_NOT_FOUND', `no run ${runId}`, 'see: keystone history');
  if (SETTLED_RUN.has(run.status))
    throw usage(
      'RUN_SETTLED',
      `run ${runId} has ended (${run.status}); nothing waits for an answer`,
      `look at it with: keystone show ${runId}`,
    );
  const questions = await openQuestions(store, runId);
  const found = questions.find((question) => question.path === path);
  if (found !== undefined) return found;
  throw usage(
    'NOT_WAITING',
    `step ${path} of run ${runId} does not wait for an answer`,
    hintOf(
      runId,
      path,
      questions.map((question) => question.path),
    ),
  );
}

function hintOf(runId: string, path: string, paths: readonly string[]): string {
  if (paths.length === 0) return `no step of it does; see: keystone show ${runId}`;
  const similar = nearest(path, paths);
  return similar === undefined ? `these do: ${paths.join(', ')}` : `did you mean ${similar}?`;
}

function refuseInvalid(question: Question, value: Json): void {
  const problem = answerProblem(question.asks, value);
  if (problem === undefined) return;
  throw usage('ANSWER_INVALID', `${question.path}: ${problem}`, `it asks: ${question.asks.message}`);
}

const usage = (code: string, message: string, hint: string): KeystoneError =>
  new KeystoneError(code, message, { exitCode: EXIT.usage, hint });
