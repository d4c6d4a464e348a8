/** The bare minimum: `sh -c true` as often as asked, so many at once. Arguments: count, at once. */
import { spawn } from 'node:child_process';

const [count, width] = process.argv.slice(2).map(Number);
let started = 0;
const lane = async () => {
  while (started < count) {
    started++;
    await new Promise((resolve, reject) => {
      const child = spawn('/bin/sh', ['-c', 'true']);
      child.stdin.end();
      child.stdout.resume();
      child.stderr.resume();
      child.on('error', reject);
      child.on('close', resolve);
    });
  }
};
await Promise.all(Array.from({ length: width }, lane));
process.stdout.write('{}');
