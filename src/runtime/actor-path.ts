/** Where an actor stands in its run's tree: `run/body/lint`. Ids are unique among siblings, so paths are unique. */
import type { AnyActor, AnyActorRef, AnyEventObject } from 'xstate';

const paths = new WeakMap<object, string>();

export const ROOT_PATH = 'run';

export function actorPathOf(actor: AnyActor): string {
  const known = paths.get(actor);
  if (known !== undefined) return known;
  const parent = actor._parent as AnyActor | undefined;
  const path = parent === undefined ? ROOT_PATH : `${actorPathOf(parent)}/${actor.id}`;
  paths.set(actor, path);
  return path;
}

/** Attempts, looks for the result of an effect and the gathering of items have no row; on restore their machine starts them anew. */
export const isRowless = (src: unknown): boolean => src === 'attempt' || src === 'dedupe' || src === 'gather';
export const isAttemptActor = (actor: AnyActor): boolean => isRowless(actor.src);

/**
 * Sends to an actor whose exact event type is known only at run time. Told from within an action, the actor moves on before the
 * action has ended: a cancel has reached all steps when the run's next state is entered. XState's development build warns of
 * `assign()` then, falsely: it is its own, for the context of a machine that begins meanwhile.
 */
export const tell = (actor: AnyActor | AnyActorRef | undefined, event: AnyEventObject): void =>
  actor?.send(event as never);
