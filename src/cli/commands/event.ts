/** `keystone event`: tells waiting steps that something happened. */

import { parseDurationMs } from '../../config/index.ts';
import { EXIT } from '../../kernel/exit-codes.ts';
import { KeystoneError } from '../../kernel/failure.ts';
import type { Json } from '../../kernel/json.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';

export const eventCommand: CommandSpec = {
  name: 'event',
  summary: 'send an event to steps that wait for it, now or later',
  details:
    'The event is kept until a wait takes it or its time is over, so it may be sent before the step waits. ' +
    'Suspended runs that wait for it are due at once: a scheduler goes on with them, or keystone resume.',
  arguments: [
    { name: 'name', description: 'name of the event' },
    {
      name: 'data',
      description: 'its data, as JSON; - reads standard input (default: null)',
      optional: true,
    },
  ],
  options: [
    {
      flags: '--run <run>',
      description: 'only for steps of this run, its parents and children',
      complete: 'run',
    },
    { flags: '--ttl <duration>', description: 'how long it is kept (default: 7d)' },
    { flags: '--key <text>', description: 'an event with a key that is known already is not sent again' },
    JSON_OPTION,
  ],
  examples: [
    [`keystone event build.done '{"commit": "8f3ab1c"}'`, 'tell steps of kind wait'],
    ['keystone event deploy.approved --run last', 'only the latest run'],
  ],
  async run(context, { arguments: [event = '', text], options }) {
    const { app, project } = await context.open();
    const data = dataOf(text === '-' ? await context.readStdin() : text);
    const run = options.text('run');
    const key = options.text('key');
    const sent = await app.sendEvent(project, {
      event,
      data,
      ttlMs: ttlOf(options.text('ttl')),
      ...(run !== undefined && { runId: await app.resolveRunId(project, run) }),
      ...(key !== undefined && { key }),
    });
    if (options.flag('json')) context.terminal.json(sent);
    else {
      context.terminal.talk(`sent ${event}`);
      for (const runId of sent.woken)
        context.terminal.talk(`run ${runId} waits for it; go on with: keystone resume ${runId}`);
    }
    return EXIT.success;
  },
};

function dataOf(text: string | undefined): Json {
  if (text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch {
    throw usage(
      `the data is no JSON: ${text.slice(0, 60)}`,
      `text needs quotes of its own: '"${text.slice(0, 20)}"'`,
    );
  }
}

function ttlOf(text: string | undefined): number {
  const ms = parseDurationMs(text ?? '7d');
  if (ms === undefined)
    throw usage(`--ttl ${text}: not a duration`, 'write it like --ttl 30m, --ttl 2h or --ttl 3d');
  return ms;
}

const usage = (message: string, hint: string): KeystoneError =>
  new KeystoneError('USAGE', message, { exitCode: EXIT.usage, hint });
