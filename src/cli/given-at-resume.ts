/** What `-i` and `--inputs` mean at resume: answers for steps that wait for a person, and inputs that have to be given again. */
import type { JsonObject } from '../kernel/json.ts';
import type { AppApi, Project } from './app-api.ts';
import type { CommandContext } from './command.ts';
import type { Options } from './options.ts';
import { inputsOf } from './run-options.ts';

/** A name that is the path of an open question is its answer; the run refuses names it does not know. */
export async function givenAtResume(
  context: CommandContext,
  options: Options,
  { app, project, runId }: { app: AppApi; project: Project; runId: string },
): Promise<{ inputs: JsonObject; answers?: JsonObject }> {
  const inputs = await inputsOf(options, {}, context);
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
