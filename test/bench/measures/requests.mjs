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
    const wall = (name) => times[name].map(({ ms }) => ms);
    const cpu = (name) => times[name].map(({ cpuMs }) => cpuMs);
    const added = cpu('ours').map((ms, round) => ms - cpu('nothing')[round] - cpu('bare')[round]);
    return [
      {
        what: `${calls} requests, one after another`,
        ...compare(wall('ours'), wall('bare')),
        against: 'http.request',
        unit: 'ms/call',
        note: `a step that does nothing: ${median(wall('nothing')).toFixed(2)} ms`,
      },
      {
        what: 'the same: CPU time that the kind adds to a call',
        // Where rounds are short, a difference of two figures may come out as less than nothing.
        ours: Math.max(0.01, median(added)),
        unit: 'ms',
        note: `of ${median(cpu('ours')).toFixed(2)} ms`,
        must: { value: 2 },
      },
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
