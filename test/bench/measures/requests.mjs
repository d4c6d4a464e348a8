/** Request steps against a server in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { worker } from '../processes.mjs';
import { compare, median } from '../statistics.mjs';

const SERVER = new URL('../workers/http-server.mjs', import.meta.url).pathname;

/** @returns {Promise<import('../measure.mjs').Row[]>} */
export async function requests({ quick, tiny }) {
  const calls = tiny ? 20 : 300;
  const rounds = tiny ? 1 : quick ? 3 : 9;
  const megabytes = tiny ? 1 : 1024;
  const server = spawn(process.execPath, [SERVER], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [text] = await once(server.stdout, 'data');
    const port = Number(text);
    const times = await worker('requests', [port, `${calls}x${rounds}`]);
    const download = await worker('requests', [port, 'download', megabytes * 1024 * 1024]);
    const added = times.ours.map((ms, round) => ms - times.bare[round]);
    return [
      {
        what: `${calls} requests, one after another`,
        ...compare(times.ours, times.bare),
        against: 'http.request',
        unit: 'ms/call',
      },
      { what: 'the same: what a step adds to a call', ours: median(added), unit: 'ms', must: { value: 2 } },
      {
        what: `download of ${megabytes} MB: memory`,
        ours: download.maxRssMb,
        unit: 'MB',
        note: `${Math.round(megabytes / (download.ms / 1000))} MB/s`,
        must: { value: 150 },
      },
    ];
  } finally {
    server.stdin.end();
  }
}
