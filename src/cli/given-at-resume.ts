/** What `-i` and `--inputs` mean at resume: answers for steps that wait for a person, and inputs that have to be given again. */
import type { JsonObject } from '../kernel/json.ts';
import type { AppApi, Project } from './app-api.ts';
import type { CommandContext } from './command.ts';
import type { Options } from './options.ts';
import { inputsOf } from './run-options.ts';

/** Inputs for a run that has begun: what it declares tells which of them are text. */
export async function inputsForRun(
  context: CommandContext,
  options: Options,
  { app, project, runId }: { app: AppApi; project: Project; runId: string },
): Promise<JsonObject> {
  const declared = options.list('input').length > 0 ? await app.inputsOfRun(project, runId) : {};
  return inputsOf(options, declared, context);
}

/** A name that is the path of an open question is its answer; the run refuses names it does not know. */
export async function givenAtResume(
  context: CommandContext,
  options: Options,
  { app, project, runId }: { app: AppApi; project: Project; runId: string },
): Promise<{ inputs: JsonObject; answers?: JsonObject }> {
  const inputs = await inputsForRun(context, options, { app, project, runId });
  if (Object.keys(inputs).length === 0) return { inputs };
  const typed = new Map(
    options
      .list('input')
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  const answers: JsonObject = {};
  for (const { path, asks } of await app.listQuestions(project, runId)) {
    const given = inputs[path];
    if (given === undefined) continue;
    const text = typed.get(path);
    answers[path] = text === undefined ? given : app.parseAnswer(asks, text);
    delete inputs[path];
  }
  return Object.keys(answers).length === 0 ? { inputs } : { inputs, answers };
}
