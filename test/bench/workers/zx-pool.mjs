/** The same as spawn-pool.mjs with zx. Arguments: count, at once. */
import { $ } from 'zx';

const [count, width] = process.argv.slice(2).map(Number);
let started = 0;
const lane = async () => {
  while (started < count) {
    started++;
    await $({ shell: '/bin/sh', prefix: '', quiet: true })`true`;
  }
};
await Promise.all(Array.from({ length: width }, lane));
process.stdout.write('{}');
