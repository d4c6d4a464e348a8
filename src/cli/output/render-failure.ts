/** Why a run failed: each failed step with its code, message, place in the YAML and last lines of output. */

import { readFileSync } from 'node:fs';
import { snippetAt } from '#compiler';
import type { RunResult, StepView } from '../../app/types.ts';
import type { Failure } from '../../kernel/failure.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { AppApi, Project } from '../app-api.ts';
import type { Paint } from '../terminal.ts';
import { displayPath } from './display-path.ts';
import { count, stripControls } from './format.ts';
import { renderValue } from './render-value.ts';

export interface FailureSetting {
  app: AppApi;
  project: Project;
  explain: boolean;
  paint: Paint;
  cwd: string;
}

/** More failed steps than these are counted, not shown. */
const SHOWN_STEPS = 5;
const TAIL_LINES = 10;

export async function renderFailures(result: RunResult, setting: FailureSetting): Promise<string> {
  const failed = Object.entries(result.steps).flatMap(([id, step]) => failedLeaves(id, step));
  const shown = setting.explain ? failed : failed.slice(0, SHOWN_STEPS);
  const blocks = await Promise.all(shown.map(([id, step]) => renderStep(result.runId, id, step, setting)));
  if (shown.length < failed.length)
    blocks.push(`  … and ${count(failed.length - shown.length, 'more failed step')}`);
  const own = result.error;
  const ownIsShown =
    own === undefined ||
    result.status === 'canceled' ||
    shown.some(([, step]) => step.error?.message === own.message);
  if (!ownIsShown) blocks.unshift(await renderFailure(own.stepId ?? result.workflow, own, setting));
  return blocks.join('\n\n');
}

/** The failed step itself; of a fan-out, its failed items. */
function failedLeaves(id: string, step: StepView): [string, StepView][] {
  if (step.outcome !== 'failed' && step.status !== 'failed') return [];
  const items = (step.items ?? []).flatMap((item, index) => failedLeaves(`${id}[${index}]`, item));
  return items.length > 0 ? items : step.error === undefined ? [] : [[id, step]];
}

async function renderStep(
  runId: string,
  id: string,
  step: StepView,
  setting: FailureSetting,
): Promise<string> {
  if (step.error === undefined) return '';
  const lines = [await renderFailure(id, step.error, setting)];
  if (step.attempts > 1) lines.push(`    after ${count(step.attempts, 'attempt')}`);
  const tail = tailOf(step.error.details) ?? (await readTail(runId, id, setting));
  if (tail.length > 0) {
    lines.push(setting.paint.dim('    last lines of its output:'));
    lines.push(...tail.map((line) => `    ${setting.paint.dim('│')} ${line}`));
  }
  return lines.join('\n');
}

async function renderFailure(id: string, failure: Failure, setting: FailureSetting): Promise<string> {
  const { paint } = setting;
  const [first = '', ...more] = stripControls(failure.message).split('\n');
  const lines = [`  ${paint.red('✖')} ${paint.bold(id)}  ${paint.yellow(failure.code)}  ${first}`];
  lines.push(...more.map((line) => `    ${line}`));
  const place = renderPlace(failure, setting);
  if (place !== undefined) lines.push(place);
  const hint = asObject(failure.details)?.hint;
  if (typeof hint === 'string') lines.push(`    ${paint.cyan('hint:')} ${hint}`);
  if (setting.explain) lines.push(...explanation(failure));
  return lines.join('\n');
}

/** `release.yaml:12:5` and, when the file can still be read, the lines around it. */
function renderPlace(failure: Failure, setting: FailureSetting): string | undefined {
  const details = asObject(failure.details);
  const { file, line, column } = details ?? {};
  if (typeof line !== 'number' || typeof column !== 'number') return undefined;
  const shown = typeof file === 'string' ? displayPath(file, setting.cwd) : 'workflow';
  const source =
    typeof details?.source === 'string'
      ? details.source
      : typeof file === 'string'
        ? readQuietly(file)
        : undefined;
  const place = `    ${setting.paint.dim(`at ${shown}:${line}:${column}`)}`;
  if (source === undefined) return place;
  const frame = snippetAt(source, line, column);
  if (frame === '') return place;
  return `${place}\n${frame
    .split('\n')
    .map((text) => `    ${setting.paint.dim(text)}`)
    .join('\n')}`;
}

function readQuietly(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // the workflow may have been moved since; the position alone is still worth printing
  }
}

/** Everything else the failure carries, for `--explain`. */
function explanation(failure: Failure): string[] {
  const hidden = new Set(['file', 'line', 'column', 'source', 'stdout', 'stderr', 'hint']);
  const details = Object.entries(asObject(failure.details) ?? {}).filter(([key]) => !hidden.has(key));
  return [
    `    retryable: ${failure.retryable ? 'yes' : 'no'}`,
    ...details.map(([key, value]) => `    ${key}: ${renderValue(value, 6)}`),
  ];
}

function tailOf(details: Json | undefined): string[] | undefined {
  const { stderr, stdout } = asObject(details) ?? {};
  const text = [stdout, stderr]
    .filter((part): part is string => typeof part === 'string' && part.trim() !== '')
    .join('\n');
  return text === '' ? undefined : lastLines(text);
}

async function readTail(runId: string, step: string, setting: FailureSetting): Promise<string[]> {
  let text = '';
  for await (const piece of setting.app.readLogs(setting.project, runId, step, { follow: false })) {
    text = (text + piece.text).slice(-8192);
  }
  return lastLines(text);
}

function lastLines(text: string): string[] {
  const lines = stripControls(text).trimEnd().split('\n');
  return lines.length === 1 && lines[0] === '' ? [] : lines.slice(-TAIL_LINES);
}

function asObject(value: Json | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}
