/**
 * Request steps, one after another, beside `http.request` with a kept connection and steps that do nothing; or one download.
 * Arguments: port, then `<calls>x<rounds>`, or `download` and its bytes.
 */
import { Agent, request } from 'node:http';
import { chain } from '../projects.mjs';
import { interleave } from '../statistics.mjs';
import { runOnce } from './run-once.mjs';

const [port, what, bytes] = process.argv.slice(2);
const asking = (path) => `url: "http://127.0.0.1:${port}/${path}", allowPrivateNetwork: true`;

const agent = new Agent({ keepAlive: true });
const ask = () =>
  new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/0', agent }, (response) => {
      const pieces = [];
      response.on('data', (each) => pieces.push(each));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(pieces).toString())));
    })
      .on('error', reject)
      .end();
  });

async function bare(calls) {
  const start = performance.now();
  const cpuStart = process.cpuUsage();
  for (let call = 0; call < calls; call++) await ask();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuStart);
  return { ms: ms / calls, cpuMs: (user + system) / 1000 / calls };
}

async function steps(calls, fields) {
  const { ms, cpuMs } = await runOnce(chain(calls, fields), { durability: 'normal' });
  return { ms: ms / calls, cpuMs: cpuMs / calls };
}

if (what === 'download') {
  const source = chain(1, `${asking(bytes)}, maxBytes: ${bytes}`);
  const { ms } = await runOnce(source, { durability: 'normal' });
  // maxRSS is in KiB.
  process.stdout.write(JSON.stringify({ ms, maxRssMb: process.resourceUsage().maxRSS / 1024 }));
} else {
  const [calls, rounds] = what.split('x').map(Number);
  const contestants = {
    ours: () => steps(calls, asking('0')),
    nothing: () => steps(calls, 'type: noop'),
    bare: () => bare(calls),
  };
  // The first round warms up.
  const results = await interleave(rounds + 1, contestants);
  const kept = Object.entries(results).map(([name, values]) => [name, values.slice(1)]);
  process.stdout.write(JSON.stringify(Object.fromEntries(kept)));
  agent.destroy();
}
