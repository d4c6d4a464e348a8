/** Whole processes: the command line against a Node that does nothing. */
import { timed } from '../processes.mjs';
import { CLI, independent, temporaryProject } from '../projects.mjs';
import { compare, interleave, median } from '../statistics.mjs';

const node = process.execPath;

/** @returns {Promise<import('../measure.mjs').Row[]>} */
export async function startup({ quick }) {
  const cwd = temporaryProject({ files: { 'one.yaml': independent(1, 'run: "true"') } });
  const contestants = {
    node: () => timed(node, ['-e', '0'], { cwd }),
    version: () => timed(node, [CLI, '--version'], { cwd }),
    run: () => timed(node, [CLI, 'run', 'one.yaml'], { cwd }),
  };
  await interleave(1, contestants);
  const results = await interleave(quick ? 5 : 15, contestants);
  const ms = (name) => results[name].map((result) => result.ms);
  const cpu = (name) => results[name].map((result) => result.cpuMs ?? Number.NaN);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const against = { against: 'node -e 0', unit: 'ms' };
  return [
    { what: 'keystone --version', ...compare(ms('version'), ms('node')), ...against, must: { ratio: 2 } },
    { what: 'keystone run, one step', ...compare(ms('run'), ms('node')), ...against, must: { ratio: 4 } },
    {
      what: 'keystone run, one step: CPU time',
      ours: mean(cpu('run')),
      reference: mean(cpu('node')),
      ratio: mean(cpu('run')) / mean(cpu('node')),
      ...against,
      note: `wall ${Math.round(median(ms('run')))} ms`,
    },
  ];
}
