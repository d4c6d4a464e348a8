/** Refuses to restore machines into statecharts of another shape: XState would leave a run that neither fails nor goes on. */
import type { Snapshot } from 'xstate';
import type { BlockName, EmittedBody } from '#compiler';
import { runMachine } from '#machines';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { RunImage } from '../store/port.ts';
import type { RunContext } from './run-context.ts';

/** A persisted machine, as far as it is looked at here. */
interface Stored {
  value?: unknown;
  children?: Record<string, Child>;
}
interface Child {
  /** Name of its logic: of a segment, a fleet, a fleet's member that is a machine, or `step`. */
  src: string;
  snapshot: Stored;
}

const BLOCK_OF: Readonly<Record<string, BlockName>> = {
  body: 'steps',
  errorsBody: 'errors',
  finallyBody: 'finally',
};

/**
 * @param snapshot Of the run machine, nested.
 * @throws {KeystoneError} STATECHART: this version makes other states of the plan than the one that wrote the snapshot.
 */
export function requireFit(run: RunContext, snapshot: Snapshot<unknown>, image: RunImage['run']): void {
  const root = snapshot as Stored;
  if (!hasStates(runMachine.config, root.value)) throw unfit(image, 'a run');
  for (const [name, { snapshot: stored }] of childrenOf(root)) {
    const block = BLOCK_OF[name];
    if (block !== undefined && !fits(run.chartOf(block), stored)) throw unfit(image, `its ${block}`);
  }
}

const unfit = ({ runId, engineVersion, file, workflow }: RunImage['run'], part: string): KeystoneError =>
  new KeystoneError(
    'STATECHART',
    `run ${runId} was begun by keystone ${engineVersion}, which made other states of ${part} than this version`,
    {
      exitCode: EXIT.store,
      hint: `go on with that version, or start anew: keystone run ${file ?? workflow}`,
    },
  );

function fits(body: EmittedBody, stored: Stored): boolean {
  return (
    hasStates(body.machine, stored.value) && childrenOf(stored).every(([, child]) => fitsChild(body, child))
  );
}

/** Machines that every version has alike are not looked into. */
function fitsChild({ segments, fleets }: EmittedBody, { src, snapshot }: Child): boolean {
  if (src === 'step') return true;
  const segment = segments.find(({ name }) => name === src);
  if (segment !== undefined) return fits(segment.body, snapshot);
  const fleet = fleets.find(({ name }) => name === src);
  if (fleet === undefined) return false;
  return childrenOf(snapshot).every(([, member]) => {
    if (member.src === 'step') return true;
    const body = fleet.members.find(({ key }) => key === member.src)?.body;
    return body !== undefined && fits(body, member.snapshot);
  });
}

/** Of a machine definition, as far as it is looked at here. */
interface Node {
  states?: Readonly<Record<string, Node>> | undefined;
}

/** @param value XState's state value: a key, or an object of keys and what is active below each. */
function hasStates(node: Node, value: unknown): boolean {
  if (typeof value === 'string') return node.states?.[value] !== undefined;
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(value).every(([key, inner]) => {
    const child = node.states?.[key];
    return child !== undefined && (isAtomic(inner) || hasStates(child, inner));
  });
}

/** What XState writes for a region without states of its own. */
function isAtomic(value: unknown): boolean {
  return value !== null && typeof value === 'object' && Object.keys(value).length === 0;
}

function childrenOf({ children }: Stored): [string, Child][] {
  return Object.entries(children ?? {});
}
