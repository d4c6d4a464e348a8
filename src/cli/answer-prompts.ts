/** Asks the questions of a run at the terminal while it goes on: one after another, until they are answered here or elsewhere. */
import type { RunHandle } from '../app/types.ts';
import { StepFailure } from '../kernel/failure.ts';
import type { AppApi, Question } from './app-api.ts';
import type { RunView } from './output/run-view.ts';
import { LEFT, promptAnswer } from './prompt-answer.ts';
import type { Terminal } from './terminal.ts';

export interface AnswerPrompting {
  app: AppApi;
  handle: RunHandle;
  terminal: Terminal;
  view: RunView;
  /** What Ctrl+C means; a prompt reads it as a key. */
  interrupt(): void;
}

/** How soon an answer that was given elsewhere ends the prompt. */
const LOOK_MS = 250;

export class AnswerPrompts {
  /** Not to be asked again: put aside by Esc, or of a run that is being canceled. */
  private readonly aside = new Set<string>();
  private asking: { question: Question; abort: AbortController; done: Promise<void> } | undefined;
  private readonly timer: NodeJS.Timeout;
  private stopped = false;

  constructor(private readonly prompting: AnswerPrompting) {
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.timer.unref();
  }

  /** Also to be called when something has happened in the run. */
  look(): void {
    if (this.stopped) return;
    const open = this.prompting.handle.questions();
    if (this.asking !== undefined) {
      const asked = keyOf(this.asking.question);
      if (!open.some((question) => keyOf(question) === asked)) this.asking.abort.abort();
      return;
    }
    const question = open.find((each) => !this.aside.has(keyOf(each)));
    if (question === undefined) return;
    const abort = new AbortController();
    this.asking = { question, abort, done: this.ask(question, abort.signal) };
  }

  /** Ends the prompt, if there is one, and gives the terminal back. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    this.asking?.abort.abort();
    await this.asking?.done;
  }

  private async ask(question: Question, signal: AbortSignal): Promise<void> {
    const { app, terminal, view } = this.prompting;
    const { stdin } = terminal.streams;
    let ctrlC = false;
    const onKey = (_: unknown, key: { ctrl?: boolean; name?: string } | undefined): void => {
      ctrlC = key?.ctrl === true && key.name === 'c';
    };
    await view.stepAside();
    stdin.on('keypress', onKey);
    try {
      const answer = await promptAnswer(app, terminal, question, signal);
      if (answer !== LEFT) this.answer(question, answer);
      else if (!signal.aborted) this.leave(question, ctrlC);
      else if (!this.stopped) terminal.talk(`${question.path}: no answer is needed any more`);
    } catch (error) {
      this.aside.add(keyOf(question));
      terminal.complain(`cannot ask for ${question.path}: ${(error as Error).message}`);
    } finally {
      stdin.off('keypress', onKey);
      this.asking = undefined;
      view.comeBack();
      setImmediate(() => this.look());
    }
  }

  private answer({ runId, path }: Question, value: Parameters<RunHandle['answer']>[1]): void {
    try {
      this.prompting.handle.answer(path, value, runId);
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      this.prompting.terminal.talk(error.message);
    }
  }

  private leave(question: Question, ctrlC: boolean): void {
    const { app, handle, terminal, interrupt } = this.prompting;
    if (ctrlC) {
      for (const each of handle.questions()) this.aside.add(keyOf(each));
      interrupt();
      return;
    }
    this.aside.add(keyOf(question));
    const { runId, path } = question;
    terminal.talk(`${path} goes on waiting; answer it from anywhere: ${app.answerCommand(runId, path)}`);
  }
}

/** A step that begins anew asks anew. */
const keyOf = ({ runId, path, since }: Question): string => `${runId} ${path} ${since}`;
