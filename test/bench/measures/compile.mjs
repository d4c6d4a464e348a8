/** A workflow of a thousand steps: checked, compiled and drawn by a process that has just begun. */
import { worker } from '../processes.mjs';
import { mixed, temporaryProject } from '../projects.mjs';
import { median } from '../statistics.mjs';

/** @returns {Promise<import('../measure.mjs').Row[]>} */
export async function compileMany({ quick, tiny }) {
  const count = tiny ? 30 : 1000;
  const folder = temporaryProject({ files: { 'mixed.yaml': mixed(count) } });
  const walls = [];
  const parts = [];
  for (let round = 0; round < (quick || tiny ? 1 : 5); round++) {
    const start = performance.now();
    parts.push(await worker('compile', [folder, 'mixed.yaml']));
    walls.push(performance.now() - start);
  }
  const part = (name) => `${name} ${Math.round(median(parts.map((each) => each[name])))}`;
  return [
    {
      what: `${count} static steps: validate, compile, graph`,
      ours: median(walls),
      unit: 'ms',
      must: { value: 2000 },
      note: `${part('validate')}, ${part('compile')}, ${part('graph')}`,
    },
  ];
}
