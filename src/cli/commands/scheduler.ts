/** `keystone scheduler`: goes on with runs that are due and that no process runs. */
import { EXIT } from '../../kernel/exit-codes.ts';
import { KeystoneError } from '../../kernel/failure.ts';
import type { CommandSpec } from '../command.ts';
import { formatClock } from '../output/format.ts';

export const schedulerCommand: CommandSpec = {
  name: 'scheduler',
  summary: 'go on with suspended and interrupted runs when they are due',
  details:
    'A run is due when its timer has come, when an event or an answer is there, or when the process that ran it is gone. ' +
    'Runs that were begun with secret inputs need them again and are left alone: go on with those by keystone resume -i. ' +
    'Several schedulers may watch one project.',
  options: [
    { flags: '--once', description: 'go on with what is due now, and end' },
    { flags: '--width <number>', description: 'how many runs at once (default: 8)' },
  ],
  examples: [
    ['keystone scheduler', 'watch until Ctrl+C'],
    ['keystone scheduler --once', 'from cron, every minute'],
  ],
  async run(context, { options }) {
    const { app, project } = await context.open();
    const { terminal } = context;
    const stop = new AbortController();
    const onSignal = (): void => stop.abort();
    const say = (text: string): void =>
      terminal.talk(`${terminal.talkPaint.dim(formatClock(Date.now()))} ${text}`);
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    const once = options.flag('once');
    let refused = 0;
    if (!once) say('watching for runs that are due; Ctrl+C ends this');
    try {
      const count = await app.runScheduler(project, {
        once,
        width: widthOf(options.text('width')),
        signal: stop.signal,
        onPickUp: (runId) => say(`▶ run ${runId} goes on`),
        onLeave: (runId, status) => say(`run ${runId}: ${status}`),
        onRefusal: (runId, error) => {
          refused++;
          const hint = error instanceof KeystoneError && error.hint !== undefined ? `; ${error.hint}` : '';
          say(`run ${runId} is left alone: ${error.message}${hint}; try: keystone resume ${runId}`);
        },
      });
      if (once && count + refused === 0) say('nothing is due');
      return EXIT.success;
    } finally {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    }
  },
};

function widthOf(text: string | undefined): number {
  if (text === undefined) return 8;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new KeystoneError('USAGE', `--width ${text}: not a number of runs`, {
    exitCode: EXIT.usage,
    hint: 'for example: --width 4',
  });
}
