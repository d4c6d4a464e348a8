/** Makes machines of a plan's blocks: the emitted statechart with its steps, fleets, segments and nested blocks bound to one run. */

import type { AnyActor, AnyActorLogic } from 'xstate';
import { type BlockName, type EmittedBody, type EmittedFleet, stepIdsOf } from '#compiler';
import { createBodyMachine, createFleetMachine, type FleetActors } from '#machines';
import { BlockFrontier } from './frontiers.ts';
import { isJoinDecided } from './join.ts';
import type { RunContext } from './run-context.ts';
import { stepPath } from './step-path.ts';

/** Members of a wide block at once; how many really run is the pool's business. */
const BLOCK_WINDOW = 64;

export interface BodyParts {
  step: AnyActorLogic;
  /** Remembers logics whose actors must hear when the ledger changes. */
  watches(logic: AnyActorLogic): void;
}

export function bindBlock(run: RunContext, block: BlockName, parts: BodyParts): AnyActorLogic {
  return bindBody(run, block, run.chartOf(block), parts);
}

function bindBody(run: RunContext, block: BlockName, body: EmittedBody, parts: BodyParts): AnyActorLogic {
  const actors: Record<string, AnyActorLogic> = { step: parts.step };
  for (const fleet of body.fleets) actors[fleet.name] = bindFleet(run, block, fleet, parts);
  for (const { name, body: segment } of body.segments)
    whenAsked(actors, name, () => bindBody(run, block, segment, parts));
  const logic = createBodyMachine(body.machine, {
    actors,
    settled: (paths) => paths.every((path) => run.ledger.has(path)),
    joinMet: (path) => isJoinDecided(run, path) || run.ledger.mode(block).mode === 'canceled',
    armJoin: (path, actor) => armJoin(run, path, actor as AnyActor),
  });
  if (body.watchesLedger) parts.watches(logic);
  return logic;
}

function bindFleet(run: RunContext, block: BlockName, fleet: EmittedFleet, parts: BodyParts): AnyActorLogic {
  const actors: FleetActors = { step: parts.step };
  for (const { key, body } of fleet.members)
    if (body !== undefined) whenAsked(actors, key, () => bindBody(run, block, body, parts));
  return createFleetMachine(
    () =>
      new BlockFrontier({
        members: fleet.members,
        window: Math.max(BLOCK_WINDOW + waiting(run, block, fleet), softJoins(fleet)),
        pathOf: (id) => stepPath(block, id),
        isSettled: (member) => stepIdsOf(member).every((id) => run.ledger.has(stepPath(block, id))),
      }),
    actors,
  );
}

/**
 * Members that may wait for something besides work: a time, an event, a person, a child run, the end of another step's effect. What they
 * wait for may be another member's doing, so they must not keep it out of the window.
 */
function waiting(run: RunContext, block: BlockName, { members }: EmittedFleet): number {
  const waits = (id: string): boolean => {
    const { kind, idempotency } = run.index.at(stepPath(block, id)).step;
    const control = run.kinds.get(kind)?.control;
    return control === 'suspend' || control === 'workflow' || idempotency?.inFlight === 'wait';
  };
  return members.filter((member) => stepIdsOf(member).some(waits)).length;
}

/** A member that only waits for a soft join, however deep in it, must not keep the branches it waits for out of the window. */
function softJoins(fleet: EmittedFleet): number {
  return holdsSoftJoin(fleet) ? fleet.members.length : 0;
}

const holdsSoftJoin = ({ members }: EmittedFleet): boolean =>
  members.some(({ body }) => body !== undefined && watches(body));

function watches({ watchesLedger, segments, fleets }: EmittedBody): boolean {
  return watchesLedger || segments.some(({ body }) => watches(body)) || fleets.some(holdsSoftJoin);
}

/** Building a machine costs a tenth of a millisecond a step, and of most machines a run needs few at a time: XState asks for a logic by name. */
function whenAsked(actors: Record<string, AnyActorLogic>, name: string, build: () => AnyActorLogic): void {
  let built: AnyActorLogic | undefined;
  Object.defineProperty(actors, name, {
    enumerable: true,
    get: () => {
      built ??= build();
      return built;
    },
  });
}

function armJoin(run: RunContext, path: string, actor: AnyActor): void {
  const timeoutMs = run.index.at(path).step.join?.timeoutMs;
  if (timeoutMs === undefined) return;
  run.timers.arm({
    actor,
    name: `join:${path}`,
    step: path,
    dueAt: run.clock.now() + timeoutMs,
    policy: 'elapsed',
  });
}
