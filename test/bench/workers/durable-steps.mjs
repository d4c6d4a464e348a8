/** Durable in-process steps against as many inserts of better-sqlite3. Arguments: shape, steps, rounds. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

let syncs = 0;
for (const name of ['fsyncSync', 'fdatasyncSync', 'fsync', 'fdatasync']) {
  const original = fs[name];
  fs[name] = (...args) => {
    syncs++;
    return original(...args);
  };
}
syncBuiltinESMExports();

const { chain, independent } = await import('../projects.mjs');
const { openReference } = await import('../native-sqlite.mjs');
const { runOnce } = await import('./run-once.mjs');

const [shape, countText, roundsText] = process.argv.slice(2);
const count = Number(countText);
const source = shape === 'chain' ? chain(count) : independent(count);
const reference = openReference();
reference(Math.min(count, 200));
const ours = [];
const references = [];
const syncsPerStep = [];
for (let round = 0; round <= Number(roundsText); round++) {
  const before = reference(count);
  syncs = 0;
  const { ms } = await runOnce(source, { durability: 'full' });
  syncsPerStep.push(syncs / count);
  ours.push(ms / count);
  references.push((before + reference(count)) / 2);
}
// The first run of a process pays for what V8 has not compiled yet; it is told apart.
process.stdout.write(
  JSON.stringify({
    cold: { ours: ours[0], reference: references[0] },
    warm: { ours: ours.slice(1), references: references.slice(1) },
    syncsPerStep: syncsPerStep.at(-1),
  }),
);
