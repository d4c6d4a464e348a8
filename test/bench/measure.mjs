/**
 * One measure in a process of its own, so that none is warmed up or burdened by another. Prints its rows as JSON.
 * Arguments: name of the measure, then any of `--quick` and `--tiny`.
 *
 * @typedef {object} Row
 * @property {string} what
 * @property {number} [ours]
 * @property {number} [reference] the same of what ours is compared with
 * @property {number} [ratio] ours to reference
 * @property {string} [against] what the reference is
 * @property {string} [unit]
 * @property {{ ratio?: number, value?: number }} [must] the most that is allowed; a row without is for information
 * @property {string} [note]
 */
import { pathToFileURL } from 'node:url';
import { compileMany } from './measures/compile.mjs';
import { durableSteps } from './measures/durable-steps.mjs';
import { foreachItems } from './measures/foreach.mjs';
import { overhead } from './measures/overhead.mjs';
import { redaction } from './measures/redaction.mjs';
import { requests } from './measures/requests.mjs';
import { resume } from './measures/resume.mjs';
import { scheduler } from './measures/scheduler.mjs';
import { shellChain, shellSteps } from './measures/shell-steps.mjs';
import { slots } from './measures/slots.mjs';
import { startup } from './measures/startup.mjs';
import { storeSize } from './measures/store-size.mjs';
import { timers } from './measures/timers.mjs';

/** In the order of the table. @type {Record<string, (size: { quick: boolean, tiny: boolean }) => Promise<Row[]>>} */
export const MEASURES = {
  startup,
  shell: shellSteps,
  chain: shellChain,
  durable: durableSteps,
  overhead,
  foreach: foreachItems,
  resume,
  store: storeSize,
  compile: compileMany,
  redaction,
  requests,
  timers,
  scheduler,
  slots,
};

/** Undefined for a row without a limit. @param {Row} row */
export function isWithinLimit({ must, ratio, ours }) {
  if (must === undefined) return undefined;
  if (must.ratio !== undefined) return ratio <= must.ratio;
  return ours <= must.value;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [name, ...flags] = process.argv.slice(2);
  const rows = await MEASURES[name]({ quick: flags.includes('--quick'), tiny: flags.includes('--tiny') });
  process.stdout.write(JSON.stringify(rows));
}
