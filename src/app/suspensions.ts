/** What a run waits for, in the words of `suspendedOn`. */

import type { Json } from '../kernel/json.ts';
import { maskPlaceholders } from '../kernel/redact.ts';
import { heldAtBreakpoints, type RunHost, WORKFLOW_SCOPE } from '../runtime/index.ts';
import type { Suspension } from '../steps/define.ts';
import type { Question } from './answer-run.ts';
import { choicesOf } from './answer-text.ts';
import type { SuspendedOn } from './types.ts';

/** Of a run and its sub-workflows. */
export function suspensionsOf(hosts: readonly RunHost[]): SuspendedOn[] {
  return hosts.flatMap((host) => (host.isQueued ? [turnOf(host)] : suspensionsOfOne(host.run)));
}

const turnOf = ({ isPaused, run: { runId, plan } }: RunHost): SuspendedOn => ({
  step: WORKFLOW_SCOPE,
  kind: 'on_overlap',
  message: `for other runs of ${plan.name} to end`,
  answerWith: `keystone ${isPaused ? 'unpause' : 'resume'} ${runId}`,
});

function suspensionsOfOne(run: RunHost['run']): SuspendedOn[] {
  const waits: SuspendedOn[] = [...run.waits.values()].map(({ path, on }) => {
    const sealed = run.keys.sealer.json(on as unknown as Json) as unknown as Suspension;
    return {
      step: path,
      kind: run.index.at(path).step.kind,
      ...wordsOf(sealed),
      ...(on.dueAt !== undefined && { dueAt: on.dueAt }),
      answerWith: commandFor(run.runId, path, sealed),
    };
  });
  for (const path of heldAtBreakpoints(run))
    waits.push({
      step: path,
      kind: run.index.at(path).step.kind,
      message: 'at a breakpoint',
      answerWith: `keystone unpause ${run.rootRunId}`,
    });
  for (const { path, holder } of run.keys.waits.values())
    waits.push({
      step: path,
      kind: run.index.at(path).step.kind,
      message: `waits for step ${holder?.path} of run ${holder?.runId}, which has the same key`,
      answerWith: `keystone resume ${holder?.runId}`,
    });
  for (const { name, step, dueAt } of run.timers.rows) {
    if (name === 'wait') continue;
    waits.push({
      step,
      kind: run.index.has(step) ? run.index.at(step).step.kind : name,
      dueAt,
      answerWith: `keystone resume ${run.runId}`,
    });
  }
  return waits;
}

function wordsOf(on: Suspension): Pick<SuspendedOn, 'message' | 'event'> {
  switch (on.for) {
    case 'time':
      return {};
    case 'event':
      return { event: maskPlaceholders(on.event) };
    case 'answer':
      return { message: maskPlaceholders(on.message) };
    default:
      return on satisfies never;
  }
}

function commandFor(runId: string, path: string, on: Suspension): string {
  switch (on.for) {
    case 'time':
      return `keystone resume ${runId}`;
    case 'event':
      return `keystone event ${shellWord(maskPlaceholders(on.event))}`;
    case 'answer':
      return answerCommand(runId, path, exampleAnswer(on));
    default:
      return on satisfies never;
  }
}

/** What to type in a shell to answer. @param value quoted already. @default … */
export const answerCommand = (runId: string, path: string, value = '…'): string =>
  `keystone answer ${runId} ${shellWord(path)} ${value}`;

/** The same with an answer that would be taken, where that can be told. */
export const answerExample = ({ runId, path, asks }: Question): string =>
  answerCommand(runId, path, exampleAnswer(asks));

/** Brackets of items would be a pattern to some shells. */
const shellWord = (text: string): string =>
  /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

function exampleAnswer(on: Extract<Suspension, { for: 'answer' }>): string {
  switch (on.inputType) {
    case 'confirm':
      return 'yes';
    case 'select':
      return shellWord(choicesOf(on.options ?? [])[0]?.word ?? '…');
    case 'text':
      return '"…"';
    case 'form':
      return "'{…}'";
    default:
      return on.inputType satisfies never;
  }
}
