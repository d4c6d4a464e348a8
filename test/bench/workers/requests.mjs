/**
 * Request steps, one after another, beside `http.request` with a kept connection; or one download.
 * Arguments: port, then `<calls>x<rounds>`, or `download` and its bytes.
 */
import { Agent, request } from 'node:http';
import { runOnce } from './run-once.mjs';

const [port, what, bytes] = process.argv.slice(2);
const workflow = (steps) => `name: bench\nsteps:\n${steps.join('\n')}\n`;
const step = (id, path, more) =>
  `  - { id: ${id}, url: "http://127.0.0.1:${port}/${path}", allowPrivateNetwork: true${more} }`;

const agent = new Agent({ keepAlive: true });
const ask = () =>
  new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/', agent }, (response) => {
      const pieces = [];
      response.on('data', (each) => pieces.push(each));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(pieces).toString())));
    })
      .on('error', reject)
      .end();
  });

async function bare(calls) {
  const start = performance.now();
  for (let call = 0; call < calls; call++) await ask();
  return (performance.now() - start) / calls;
}

async function ours(calls) {
  const steps = Array.from({ length: calls }, (_, n) =>
    step(`s${n}`, '', n === 0 ? '' : `, needs: s${n - 1}`),
  );
  const { ms } = await runOnce(workflow(steps), { durability: 'normal' });
  return ms / calls;
}

if (what === 'download') {
  const source = workflow([step('a', bytes, `, maxBytes: ${bytes}`)]);
  const { ms } = await runOnce(source, { durability: 'normal' });
  // maxRSS is in KiB.
  process.stdout.write(JSON.stringify({ ms, maxRssMb: process.resourceUsage().maxRSS / 1024 }));
} else {
  const [calls, rounds] = what.split('x').map(Number);
  await bare(calls);
  await ours(calls);
  const result = { bare: [], ours: [] };
  for (let round = 0; round < rounds; round++) {
    result.bare.push(await bare(calls));
    result.ours.push(await ours(calls));
  }
  process.stdout.write(JSON.stringify(result));
  agent.destroy();
}
