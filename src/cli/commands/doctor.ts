/** `keystone doctor`: whether this machine and project have what keystone needs. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { Finding } from '../app-api.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import type { Paint } from '../terminal.ts';

export const doctorCommand: CommandSpec = {
  name: 'doctor',
  summary: 'look whether this machine and project have what keystone needs',
  details:
    'Looks at Node, the project and its database, free space, the folders of the user, and the programs that some steps need. ' +
    'Exit code 1 when something must be mended; what is only missing for some steps is a warning.',
  options: [JSON_OPTION],
  examples: [['keystone doctor', 'say what is fine, what is missing, and what to do']],
  async run(context, { options }) {
    const { app, project } = await context.open();
    const findings = await app.examine(project);
    const { terminal } = context;
    if (options.flag('json')) terminal.json(findings);
    else terminal.result(findings.map((finding) => line(finding, terminal.paint)).join('\n'));
    return findings.some(({ status }) => status === 'fail') ? EXIT.failed : EXIT.success;
  },
};

function line({ name, status, message, hint }: Finding, paint: Paint): string {
  const mark = { ok: paint.green('✔'), warn: paint.yellow('!'), fail: paint.red('✖') }[status];
  const advice = hint === undefined ? '' : paint.dim(`\n    ${hint}`);
  return `${mark} ${name.padEnd(13)}${message}${advice}`;
}
