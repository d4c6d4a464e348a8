/** Durable timers, alone and as steps. Arguments: timers, sleeping items of a run, rounds. */
import { internal } from '../internals.mjs';
import { foreach } from '../projects.mjs';
import { interleave } from '../statistics.mjs';
import { runOnce } from './run-once.mjs';

const [count, items, rounds] = process.argv.slice(2).map(Number);
const { RunTimers } = await internal('src/runtime/timers.ts');

const root = { id: 'run', _parent: undefined };
/** Half of them due at a moment, half after a time; nothing is due while this runs. */
function armAndRestore() {
  const rows = new Map();
  const recorder = { timer: (row) => rows.set(row.id, row), timerGone: (id) => rows.delete(id) };
  const clock = { now: () => Date.now(), monotonic: () => performance.now(), after: () => () => {} };
  const actors = Array.from({ length: count }, (_, index) => ({ id: `nap-${index}`, _parent: root }));
  const before = process.cpuUsage();
  const first = new RunTimers(clock, recorder, () => {});
  for (const [index, actor] of actors.entries()) {
    const dueAt = clock.now() + 3_600_000 + ((index * 7919) % count);
    const policy = index % 2 === 0 ? 'elapsed' : 'absolute';
    first.arm({ actor, name: 'wait', step: `nap[${index}]`, dueAt, policy });
  }
  first.stop();
  const second = new RunTimers(clock, recorder, () => {});
  second.restore([...rows.values()], () => actors[0]);
  const { user, system } = process.cpuUsage(before);
  if (second.rows.length !== count) throw new Error('timers were lost');
  second.stop();
  return (user + system) / 1000;
}

const perItem = async (what) => {
  const source = foreach(50).replace('type: noop', what);
  const { cpuMs } = await runOnce(source, {
    durability: 'normal',
    inputs: { n: Array.from({ length: items }, (_, index) => index) },
  });
  return cpuMs / items;
};

const armed = Array.from({ length: rounds }, armAndRestore);
await perItem('type: noop');
await perItem('type: sleep, duration: 1ms');
const { naps, noops } = await interleave(rounds, {
  naps: () => perItem('type: sleep, duration: 1ms'),
  noops: () => perItem('type: noop'),
});
process.stdout.write(JSON.stringify({ armed, naps, noops }));
