/** Which steps a part of an emitted block runs. */
import type { EmittedBody, FleetMember, StateNodeJson } from './emitted.ts';

/** Ids of all steps of a fleet member, nested ones included. */
export function stepIdsOf(member: FleetMember): string[] {
  return member.body === undefined ? [member.key] : stepIdsIn(member.body);
}

function stepIdsIn(body: EmittedBody): string[] {
  const ids: string[] = [];
  const states: StateNodeJson[] = [body.machine];
  for (let state = states.pop(); state !== undefined; state = states.pop()) {
    const leaf = state.states?.active?.invoke;
    if (leaf?.src === 'step') ids.push(leaf.id);
    else states.push(...Object.values(state.states ?? {}));
  }
  return [
    ...ids,
    ...body.fleets.flatMap((fleet) => fleet.members.flatMap(stepIdsOf)),
    ...body.segments.flatMap((segment) => stepIdsIn(segment.body)),
  ];
}
