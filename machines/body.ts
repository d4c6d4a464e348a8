/** Turns an emitted block (plain JSON) into a machine with named guards, actions and actors for the runtime to provide. */
import { type AnyActorLogic, setup } from 'xstate';
import type { StepOutput } from './step-setup.ts';

/** What a body asks of the runtime. */
export interface BodyPorts {
  /** Child logic by `src`: `step`, `fleet-1` … */
  actors: Record<string, AnyActorLogic>;
  /** Every step of the list is in the ledger. */
  settled(paths: readonly string[]): boolean;
  joinMet(path: string): boolean;
  /** `actor` is the body that waits. */
  armJoin(path: string, actor: unknown): void;
}

type BodyEvent = { type: 'ledger.changed' } | { type: 'timer.due'; name: string };

/** The status a finished step machine reported with its done event. */
const endOf = (event: object): StepOutput['status'] | undefined =>
  'output' in event ? (event.output as StepOutput | undefined)?.status : undefined;

/** @param definition `EmittedBody.machine`: JSON, which no static type can follow; the compiler's tests prove that it fits. */
export function createBodyMachine(definition: object, ports: BodyPorts): AnyActorLogic {
  return setup({
    types: { events: {} as BodyEvent },
    actors: ports.actors,
    actions: {
      armJoin: ({ self }, params: { path: string }) => ports.armJoin(params.path, self),
    },
    guards: {
      settled: (_, params: { ids: string[] }) => ports.settled(params.ids),
      joinMet: (_, params: { path: string }) => ports.joinMet(params.path),
      joinTimer: ({ event }, params: { path: string }) =>
        event.type === 'timer.due' && event.name === `join:${params.path}`,
      settledAs: ({ event }, params: { status: StepOutput['status'] }) => endOf(event) === params.status,
    },
  }).createMachine(definition as never);
}
