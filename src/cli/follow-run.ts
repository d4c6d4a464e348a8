/** Follows a started run to its end: shows it, passes signals on, prints the result, gives the exit code. */
import type { RunHandle, RunResult } from '../app/types.ts';
import { EXIT } from '../kernel/exit-codes.ts';
import { AnswerPrompts } from './answer-prompts.ts';
import type { AppApi, Project, RunStatus } from './app-api.ts';
import { canAsk } from './ask-inputs.ts';
import type { CommandContext } from './command.ts';
import type { Options } from './options.ts';
import { renderResult } from './output/render-result.ts';
import { createRunView } from './output/run-view.ts';
import { type SignalSource, watchSignals } from './signals.ts';

export interface Following {
  app: AppApi;
  project: Project;
  options: Options;
  signals?: SignalSource;
}

export async function followRun(
  context: CommandContext,
  handle: RunHandle,
  following: Following,
): Promise<number> {
  const { terminal } = context;
  const { options } = following;
  terminal.streams.brokenPipe = 'ignore';
  const view = createRunView(terminal, {
    events: options.flag('events'),
    refreshMs: following.project.config.ui.refreshMs,
  });
  if (handle.inspectorUrl !== undefined) context.terminal.talk(`inspector: ${handle.inspectorUrl}`);
  for (const notice of handle.notices ?? []) terminal.talk(`note: ${notice}`);
  const watch = watchSignals(handle, terminal, following.signals);
  const prompts = asks(terminal, options)
    ? new AnswerPrompts({ ...following, handle, terminal, view, interrupt: watch.interrupt })
    : undefined;
  const unsubscribe = handle.subscribe((event) => {
    view.event(event);
    if (event.type === 'step.suspended') prompts?.look();
  });
  try {
    const outcome = await Promise.race([handle.result, watch.stopped]);
    unsubscribe();
    await prompts?.stop();
    await view.end();
    if (typeof outcome === 'number') return outcome;
    await printResult(context, outcome, following);
    return exitCodeOf(outcome.status, watch.received());
  } finally {
    unsubscribe();
    await prompts?.stop();
    watch.release();
  }
}

/** A person sits there, and the terminal is not a program's reader. */
const asks = (terminal: CommandContext['terminal'], options: Options): boolean =>
  canAsk(terminal) && !options.flag('events');

async function printResult(context: CommandContext, result: RunResult, following: Following): Promise<void> {
  const { options } = following;
  if (options.flag('events')) return;
  if (options.flag('json')) return context.terminal.json(result);
  await renderResult(context, result, { ...following, explain: options.flag('explain') });
}

/** @param signal exit code of a signal that was received meanwhile */
export function exitCodeOf(status: RunStatus, signal?: number): number {
  switch (status) {
    case 'success':
      return EXIT.success;
    case 'suspended':
    case 'paused':
      return signal ?? EXIT.suspended;
    case 'canceled':
    case 'failed':
      return signal ?? EXIT.failed;
    case 'running':
      return signal ?? EXIT.success;
    default:
      return status satisfies never;
  }
}
