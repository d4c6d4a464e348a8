/** How a run ended, for people: outputs on stdout; summary, failures and the next command on stderr. */
import type { RunResult, StepView } from '../../app/types.ts';
import type { AppApi, Project } from '../app-api.ts';
import type { CommandContext } from '../command.ts';
import type { Paint, Terminal } from '../terminal.ts';
import {
  count,
  formatBytes,
  formatDate,
  formatDuration,
  oneLine,
  statusSymbol,
  statusWord,
} from './format.ts';
import { renderFailures } from './render-failure.ts';
import { renderValue } from './render-value.ts';

export interface ResultSetting {
  app: AppApi;
  project: Project;
  /** Everything known about failures, and why steps were skipped. */
  explain: boolean;
  /** The summary is what was asked for (`show`), so it goes to stdout; after a run it is talk. @default false */
  asked?: boolean;
}

export async function renderResult(
  context: CommandContext,
  result: RunResult,
  setting: ResultSetting,
): Promise<void> {
  const { terminal, cwd } = context;
  const asked = setting.asked === true;
  const paint = asked ? terminal.paint : terminal.talkPaint;
  const say = (text: string): void => (asked ? terminal.result(text) : terminal.talk(text));
  const insist = (text: string): void => (asked ? terminal.result(text) : terminal.complain(text));
  if (!asked) say(headline(result, paint));
  if (setting.explain && !asked) for (const line of skippedLines(result, paint)) say(line);
  if (result.status === 'failed' || result.status === 'canceled') {
    const text = await renderFailures(result, { ...setting, paint, cwd });
    if (text !== '') insist(text);
  }
  for (const line of compensationLines(result, paint)) say(line);
  for (const line of childLines(result, paint)) say(line);
  for (const line of artifactLines(result, paint)) say(line);
  if (result.status === 'success') printOutputs(terminal, result);
  for (const line of suspendedLines(result, paint, terminal.columns)) insist(line);
  const next = nextCommands(result).filter(([command]) => !(asked && command.startsWith('keystone show')));
  if (next.length > 0) terminal.talk(nextLines(next, terminal.talkPaint));
}

/** `✔ release succeeded in 3.2s  12 steps: 11 success, 1 skipped  run 8f3k…` */
export function headline(result: RunResult, paint: Paint): string {
  const { workflow, durationMs } = result;
  const status = shownStatus(result);
  const how = status === 'success' ? paint.green('succeeded') : statusWord(status, paint);
  const took = ENDED.has(result.status) ? 'in' : 'after';
  return [
    `${statusSymbol(status, paint)} ${paint.bold(workflow)} ${how} ${took} ${formatDuration(durationMs)}`,
    stepTotals(Object.values(result.steps)),
    paint.dim(`run ${result.runId}`),
  ].join('  ');
}

const ENDED: ReadonlySet<string> = new Set(['success', 'failed', 'canceled']);

/** The status of a run in one word, `interrupted` for one that nobody runs although it has not ended. */
export const shownStatus = ({ status, interrupted }: Omit<RunResult, 'steps'>): string =>
  interrupted === true ? 'interrupted' : status;

function stepTotals(steps: readonly StepView[]): string {
  const totals = new Map<string, number>();
  for (const { status } of steps) totals.set(status, (totals.get(status) ?? 0) + 1);
  const parts = [...totals].map(([status, number]) => `${number} ${status}`);
  return parts.length === 1 && totals.has('success')
    ? count(steps.length, 'step')
    : `${count(steps.length, 'step')}: ${parts.join(', ')}`;
}

/** Outputs as `name: value`; blocks of JSON for what is no plain value. */
function printOutputs(terminal: Terminal, result: RunResult): void {
  for (const [name, value] of Object.entries(result.outputs ?? {})) {
    terminal.result(`${terminal.paint.cyan(`${name}:`)} ${renderValue(value)}`);
  }
}

function skippedLines(result: RunResult, paint: Paint): string[] {
  return Object.entries(result.steps)
    .filter(([, step]) => step.skipReason !== undefined)
    .map(([id, step]) => paint.dim(`  ${id} ${step.status}: ${step.skipReason}`));
}

function compensationLines(result: RunResult, paint: Paint): string[] {
  return [...(result.compensations ?? [])]
    .sort((a, b) => b.order - a.order)
    .map(({ step, status }) => `  ${paint.yellow('↩')} undo of ${step}: ${status}`);
}

function childLines({ children = [], startedBy }: RunResult, paint: Paint): string[] {
  const lines = children.map(
    ({ step, runId, workflow, status, detached }) =>
      `  ${paint.dim('└')} ${step}: ${workflow} ${statusWord(status, paint)} ${paint.dim(`run ${runId}${detached ? ' (detached)' : ''}`)}`,
  );
  return startedBy === undefined
    ? lines
    : [`  begun by ${startedBy.step} of run ${startedBy.runId}`, ...lines];
}

function artifactLines({ artifacts = [], runId }: RunResult, paint: Paint): string[] {
  return artifacts.map(
    ({ name, files, bytes }) =>
      `  ${paint.dim('▤')} artifact ${name}: ${count(files, 'file')}, ${formatBytes(bytes)} ${paint.dim(`keystone artifacts get ${runId} ${name}`)}`,
  );
}

function suspendedLines(result: RunResult, paint: Paint, columns: number): string[] {
  return (result.suspendedOn ?? []).map((waiting) => {
    const how = waitsHow(waiting);
    const until = waiting.dueAt === undefined ? '' : `until ${formatDate(waiting.dueAt)}`;
    const what = `${how}${until !== '' && how !== 'waits' ? ',' : ''} ${until}`.trimEnd();
    const head = `${waiting.step} (${waiting.kind})`;
    return `  ${paint.yellow('⏸')} ${head} ${oneLine(what, Math.max(40, columns - head.length - 6))}`;
  });
}

/** `asks: Deploy?`, `waits for event go`, `waits`. */
function waitsHow({ kind, message, event }: NonNullable<RunResult['suspendedOn']>[number]): string {
  if (kind === 'human') return `asks: ${message}`;
  if (event !== undefined) return `waits for event ${event}`;
  return message === undefined ? 'waits' : `waits ${message.replace(/^waits /, '')}`;
}

/** What to type now, with what it is good for. */
export function nextCommands(result: RunResult): [command: string, why: string][] {
  const run = result.runId;
  if (result.interrupted === true)
    return [[`keystone resume ${run}`, 'goes on: the process that ran it is gone']];
  if (result.status === 'paused') {
    const stopped = result.suspendedOn?.find(({ message }) => message === BREAKPOINT)?.step;
    return [
      [`keystone unpause ${run}`, 'goes on'],
      [`keystone show ${run}`, 'every step'],
      ...(stopped === undefined
        ? []
        : [[`keystone why ${run} ${stopped}`, 'the step that is next'] as [string, string]]),
    ];
  }
  if (result.status === 'suspended') {
    const answers = (result.suspendedOn ?? []).flatMap(({ answerWith, step }): [string, string][] =>
      answerWith === undefined ? [] : [[answerWith, `goes on with ${step}`]],
    );
    return answers.length > 0 ? answers : [[`keystone resume ${run}`, 'goes on']];
  }
  if (result.status !== 'failed') return [];
  const failed = failedStep(result);
  const blocked = Object.entries(result.steps).find(
    ([, step]) => step.attempts === 0 && step.skipReason !== undefined,
  )?.[0];
  return [
    ...(failed === undefined
      ? []
      : [[`keystone logs ${run} ${failed}`, 'all of its output'] as [string, string]]),
    ...(blocked === undefined
      ? []
      : [[`keystone why ${run} ${blocked}`, 'why it did not run'] as [string, string]]),
    [`keystone show ${run}`, 'every step'],
    [`keystone rerun ${run}`, 'once more from what failed'],
  ];
}

/** What a run waits for that `run --debug` has paused. */
const BREAKPOINT = 'at a breakpoint';

/** The step to look at first: the one the run's error names, else the first that failed. */
export function failedStep(result: RunResult): string | undefined {
  const named = result.error?.stepId;
  if (named !== undefined && result.steps[named] !== undefined) return named;
  return Object.entries(result.steps).find(([, step]) => step.status === 'failed')?.[0];
}

function nextLines(next: readonly (readonly [string, string])[], paint: Paint): string {
  const width = Math.max(...next.map(([command]) => command.length));
  const lines = next.map(
    ([command, why], index) =>
      `${index === 0 ? 'next:' : '     '} ${command.padEnd(width)}  ${paint.dim(why)}`,
  );
  return lines.join('\n');
}
