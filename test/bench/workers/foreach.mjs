/** One foreach in a process of its own. Arguments: items, window. */
import { foreach } from '../projects.mjs';
import { runOnce } from './run-once.mjs';

const [items, window] = process.argv.slice(2).map(Number);
const { ms, cpuMs } = await runOnce(foreach(window), {
  durability: 'normal',
  inputs: { n: Array.from({ length: items }, (_, index) => index) },
});
// maxRSS is in KiB.
process.stdout.write(JSON.stringify({ ms, cpuMs, maxRssMb: process.resourceUsage().maxRSS / 1024 }));
