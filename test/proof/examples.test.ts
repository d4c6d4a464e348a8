/** Every example survives a crash: real processes, real files, the process gone after any commit of the run. */
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/index.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { newWorld, type World } from '../runtime/test-project.ts';
import { writeExampleConfig } from '../steps/example-config.ts';
import {
  type CrashCase,
  crashedAt,
  essence,
  FULL,
  type Observed,
  samplePositions,
  undisturbed,
} from './crash.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');
/** Crash positions of one example unless KEYSTONE_FULL=1; the next day it is others. */
const MOST = 2;
/** Crashed runs of one example at once: they mostly wait for their `sleep`s. */
const AT_ONCE = 6;

/** What is deleted by an attempt that died is not there for the one that makes it again. */
const VARIES_ANYWHERE = /\/output\/deleted:/;

/** What differs between two runs that nobody disturbed, or counts the attempts, of which a crash adds one. */
const VARIES: Readonly<Record<string, RegExp>> = {
  // The id of the run that was begun comes of the id of the run that began it.
  'detach.yaml': /^\/steps\/(receipt|thank)\/output/,
  // Which two of three replicas are there first; on a busy machine a second is no lead.
  'join-any.yaml': /^\/steps\/quorum\/output/,
  'pools.yaml': /^\/outputs|^\/steps\/calls\/(output|items\/\d\/output)/,
  // How long after the switch it asked is in the message.
  'release.yaml':
    /^\/steps\/smoke\/(attempts|output|error)|^\/error\/(message|attempt)|^\/steps\/errors\/report\/output/,
  'retry.yaml': /^\/outputs\/(answer|attempts)|^\/steps\/flaky\/(attempts|output)/,
  'sleep.yaml': /^\/outputs\/waited_ms/,
  // The run's own id.
  'steps/artifact.yaml': /^\/steps\/(keep|fetch)\/output\/run/,
  'steps/file.yaml': /^\/steps\/(clean\/output\/deleted|patch\/output\/(alreadyApplied|offsets))/,
  // The server of the example is started anew by a step that a crash cut short.
  'steps/request.yaml': /^\/steps\/server\/output|\/output\/headers\/date:/,
  // Process ids, ids of runs, hashes that hold the time; and how many there were to forget, of which a dead attempt had forgotten them.
  'lines.yaml': /^\/steps\/list\/output/,
  'steps/git.yaml': /^\/steps\/\w+\/output\/commit/,
  'steps/memory.yaml': /forgotten:|isNew:/,
  'steps/sleep.yaml': /^\/outputs\/\w+_ms/,
};

interface Example {
  name: string;
  source: string;
  inputs: JsonObject;
  fails: boolean;
}

/** Inputs are in the comment that also tells the reader what to expect: `# expect: exit 0 with -i token=…`. */
function inputsOf(source: string): JsonObject {
  const line = /^# expect: .* with (.*)$/m.exec(source)?.[1] ?? '';
  return Object.fromEntries(
    Array.from(line.matchAll(/-i (\w+)=(\S+)/g), ([, name = '', value = '']) => [name, value]),
  );
}

/** Ways an example can go that its header does not begin with; all with KEYSTONE_FULL=1. */
const OTHERWISE: Readonly<Record<string, { inputs: JsonObject; fails: boolean }[]>> = {
  'errors-and-finally.yaml': [{ inputs: { broken: false }, fails: false }],
  'release.yaml': [
    { inputs: { fail: 'smoke' }, fails: true },
    { inputs: { fail: 'tests' }, fails: true },
  ],
  'saga.yaml': [{ inputs: { seats: 3 }, fails: false }],
};

const examples: Example[] = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml') && !name.endsWith('-child.yaml'))
  .sort()
  .flatMap((name) => {
    const source = readFileSync(join(EXAMPLES, name), 'utf8');
    const fails = /^# expect: exit 1\b/m.test(source);
    const others = FULL ? (OTHERWISE[name] ?? []) : [];
    return [{ inputs: inputsOf(source), fails }, ...others].map((way) => ({ name, source, ...way }));
  });

describe('a crash changes nothing in', () => {
  test.each(examples)(
    '$name $inputs',
    async ({ name, source, inputs, fails }) => {
      const crash: CrashCase = { source, inputs, real: true, newWorld: () => newExampleWorld(name, source) };
      const calm = await undisturbed(crash);
      const wanted = tellable(calm);
      expect(calm.result.status).toBe(fails ? 'failed' : 'success');
      const at = samplePositions(calm.commits, MOST).map((position) => [position]);
      // A process that goes on may die as well.
      if (FULL) at.push(...at.map((lives) => [...lives, 1]));
      let deaths = 0;
      const wrong: object[] = [];
      const left = at.values();
      const work = async (): Promise<void> => {
        for (const lives of left) {
          const crashed = await crashedAt(crash, ...lives);
          deaths += crashed.deaths.length;
          const found = differences(wanted, tellable(crashed));
          const changed = found.filter(
            (line) => !VARIES_ANYWHERE.test(line) && VARIES[name]?.test(line) !== true,
          );
          if (changed.length > 0) wrong.push({ lives, changed });
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      expect(wrong).toEqual([]);
      // What ends at one moment here may take two commits there, so the last positions may lie behind the end of a run.
      expect(deaths).toBeGreaterThanOrEqual(at.length / 2);
      expect(deaths).toBeGreaterThan(0);
    },
    600_000,
  );
});

/** Temporary folders are below the world's own, so nothing is left behind by attempts that were cut off. */
function newExampleWorld(name: string, source: string): World {
  const world = newWorld({ live: true });
  cpSync(join(EXAMPLES, name, '..'), world.cwd, { recursive: true });
  writeExampleConfig(source, world.cwd);
  const environment = { ...world.config.environment, TMPDIR: world.cwd };
  const { config } = loadConfig({ cwd: world.cwd, env: environment });
  return { ...world, config: { ...config, storage: world.config.storage } };
}

/** Without the random names of folders. */
function tellable({ result, world }: Pick<Observed, 'result' | 'world'>): unknown {
  const text = JSON.stringify(essence(result)).replaceAll(world.cwd, '<folder>');
  return JSON.parse(text.replaceAll(/\btmp\.\w+/g, 'tmp.…'));
}

/** Leaves that differ, with both values. */
function differences(a: unknown, b: unknown, path = ''): string[] {
  if (a === b) return [];
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return [`${path}: ${JSON.stringify(a)} became ${JSON.stringify(b)}`];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) =>
    differences((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], `${path}/${key}`),
  );
}
