/** What hiding secrets costs a step that prints a lot. For information. */
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
  const megabytes = tiny ? 1 : quick ? 40 : 200;
  const files = { 'with.yaml': source(true, megabytes), 'without.yaml': source(false, megabytes) };
  const cwd = temporaryProject({ files });
  const run = (file) => async () =>
    (await timed(process.execPath, [CLI, 'run', file, '--quiet', ...INPUTS], { cwd })).ms;
  const results = await interleave(quick || tiny ? 1 : 3, {
    with: run('with.yaml'),
    without: run('without.yaml'),
  });
  const throughput = (name) => megabytes / (median(results[name]) / 1000);
  return [
    {
      what: `output of ${megabytes} MB, 3 secrets`,
      ours: throughput('with'),
      reference: throughput('without'),
      ratio: throughput('with') / throughput('without'),
      against: 'no secrets',
      unit: 'MB/s',
    },
  ];
}
