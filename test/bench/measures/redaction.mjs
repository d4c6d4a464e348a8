/** What hiding secrets costs a step that prints a lot: the whole process, in CPU time where the system tells it. */
import { timed } from '../processes.mjs';
import { CLI, temporaryProject } from '../projects.mjs';
import { interleave, median } from '../statistics.mjs';

const source = (secret, megabytes) => `name: loud
inputs:
  a: { type: string, secret: ${secret} }
  b: { type: string, secret: ${secret} }
  c: { type: string, secret: ${secret} }
steps:
  - id: print
    run: yes 'INFO 2026-01-01 a line of output as programs print them, with nothing to hide in it' | head -c ${megabytes}000000
`;
const INPUTS = ['-i', 'a=correct-horse-battery', '-i', 'b=s3cr3t-t0k3n-0001', '-i', 'c=another-secret-value'];

/** @returns {Promise<import('../measure.mjs').Row[]>} */
export async function redaction({ quick, tiny }) {
  const megabytes = tiny ? 1 : quick ? 100 : 500;
  const files = { 'with.yaml': source(true, megabytes), 'without.yaml': source(false, megabytes) };
  const cwd = temporaryProject({ files });
  const walls = { with: [], without: [] };
  const run = (name) => async () => {
    const { ms, cpuMs = ms } = await timed(
      process.execPath,
      [CLI, 'run', `${name}.yaml`, '--quiet', ...INPUTS],
      {
        cwd,
      },
    );
    walls[name].push(ms);
    return cpuMs;
  };
  const results = await interleave(tiny ? 1 : quick ? 3 : 7, { with: run('with'), without: run('without') });
  const throughput = Math.round(megabytes / (median(walls.with) / 1000));
  return [
    {
      what: `output of ${megabytes} MB, 3 secrets`,
      ours: median(results.with),
      reference: median(results.without),
      ratio: median(results.with) / median(results.without),
      against: 'no secrets',
      unit: 'ms CPU',
      must: { ratio: 1.1 },
      note: `${throughput} MB/s`,
    },
  ];
}
