/** `keystone answer`: what a person says to a step that waits for it. */
import { EXIT } from '../../kernel/exit-codes.ts';
import { KeystoneError } from '../../kernel/failure.ts';
import { askingForSecrets } from '../ask-secrets.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import { followRun } from '../follow-run.ts';
import { inputsForRun } from '../given-at-resume.ts';
import { renderQuestions } from '../output/render-questions.ts';
import { INPUT_OPTION, INPUTS_OPTION, patienceOf, WAIT_OPTIONS } from '../run-options.ts';

export const answerCommand: CommandSpec = {
  name: 'answer',
  summary: 'answer a step that waits for a person, or list what is asked',
  details:
    'Without a step the open questions are listed. The answer is checked against what is asked before anything is stored. ' +
    'When no process runs the run, it goes on here; --no-resume only stores the answer.',
  arguments: [
    { name: 'run', description: 'a run id, the beginning of one, or last', optional: true, complete: 'run' },
    {
      name: 'step',
      description: 'the step, or one item of a fan-out: approve[2]',
      optional: true,
      complete: 'step',
    },
    {
      name: 'value',
      description: 'yes or no, a choice, text, or JSON, as the question asks',
      optional: true,
    },
  ],
  options: [
    { flags: '--no-resume', description: 'store the answer, and leave the run to others' },
    INPUT_OPTION,
    INPUTS_OPTION,
    ...WAIT_OPTIONS,
    JSON_OPTION,
  ],
  examples: [
    ['keystone answer', 'list the questions of all runs'],
    ['keystone answer 8f3k approve yes', 'answer one, and go on with the run'],
  ],
  async run(context, { arguments: [text, path, value], options }) {
    const { app, project } = await context.open();
    const runId = text === undefined ? undefined : await app.resolveRunId(project, text);
    if (runId === undefined || path === undefined)
      return renderQuestions(context.terminal, await app.listQuestions(project, runId), options.flag('json'));
    const question = await app.findQuestion(project, runId, path);
    if (value === undefined)
      throw usage(`${path} asks: ${question.asks.message}`, `for example: ${app.answerExample(question)}`);
    const answered = await app.answerRun(project, runId, path, app.parseAnswer(question.asks, value));
    if (answered.outcome === 'delivered' || options.off('resume')) {
      if (options.flag('json')) context.terminal.json(answered);
      else context.terminal.talk(sentence(answered));
      return EXIT.success;
    }
    context.terminal.talk(`answered ${path}; the run goes on here`);
    const inputs = await inputsForRun(context, options, { app, project, runId });
    const handle = await app.resumeRun(project, answered.goesOn, {
      inputs,
      ...askingForSecrets(context.terminal),
      ...patienceOf(context.terminal, options),
    });
    return followRun(context, handle, { app, project, options });
  },
};

const sentence = ({ runId, path, outcome }: { runId: string; path: string; outcome: string }): string =>
  outcome === 'delivered'
    ? `answered ${path}; run ${runId} has it; watch it with: keystone logs ${runId} -f`
    : `stored the answer to ${path}; go on with: keystone resume ${runId}`;

const usage = (message: string, hint: string): KeystoneError =>
  new KeystoneError('USAGE', message, { exitCode: EXIT.usage, hint });
