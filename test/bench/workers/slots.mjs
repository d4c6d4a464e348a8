/** Steps that wait for slots of one pool: what it costs to serve one. Arguments: the numbers of waiting steps, each with its rounds, as `<waiters>x<rounds>`. */
import { internal } from '../internals.mjs';
import { interleave } from '../statistics.mjs';

const { Slots } = await internal('src/runtime/slots.ts');
const sizes = process.argv.slice(2).map((size) => size.split('x').map(Number));
const RUNS = 100;
const PRIORITIES = 5;
const GRANTS = 4000;

/** CPU time. A step per grant ends and another begins to wait, so that there are always as many. */
function usPerGrant(waiters) {
  const slots = new Slots({ concurrency: 1000, pools: { api: 8 } });
  slots.limitPool('api', 8);
  const served = [];
  let made = 0;
  const ask = () => {
    const number = made++;
    const id = `step ${number}`;
    slots.request(
      {
        id,
        runId: `run ${(number * 7919) % RUNS}`,
        priority: (number * 104_729) % PRIORITIES,
        resources: ['process', 'pool:api'],
      },
      () => served.push(id),
    );
  };
  while (made < waiters + 8) ask();
  const before = process.cpuUsage();
  for (let grant = 0; grant < GRANTS; grant++) {
    slots.release(served.shift());
    ask();
  }
  const { user, system } = process.cpuUsage(before);
  if (slots.waiting !== waiters || served.length !== 8) throw new Error('slots were lost');
  slots.stop();
  return (user + system) / GRANTS;
}

for (let round = 0; round < 3; round++) usPerGrant(sizes[0][0]);
const contestants = Object.fromEntries(sizes.map(([waiters]) => [`w${waiters}`, () => usPerGrant(waiters)]));
process.stdout.write(JSON.stringify(await interleave(sizes[0][1], contestants)));
