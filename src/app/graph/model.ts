/** What the renderers of `keystone graph` are given, and the choices they know. */
import type { EmittedBody, Plan } from '#compiler';
import type { StepStatus } from '../../store/port.ts';

export interface GraphModel {
  /** Names and labels in it are already redacted. */
  plan: Plan;
  /** The emitted statecharts; blocks that are absent are not drawn in the statechart view. */
  bodies: { steps: EmittedBody; errors?: EmittedBody; finally?: EmittedBody };
  /** By ledger path, such as `build`, `test[3]`, `finally/notify`: steps are coloured by it. */
  statuses?: Readonly<Record<string, StepStatus>>;
}

export const GRAPH_FORMATS = ['mermaid', 'svg', 'html', 'json', 'xstate', 'ascii', 'dot'] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];

/** `statechart`: forks, sequences and fleets as the workflow runs. `dag`: steps and the needs between them. */
export const GRAPH_VIEWS = ['statechart', 'dag'] as const;
export type GraphView = (typeof GRAPH_VIEWS)[number];

/** Members of a fleet, or steps with the same needs and the same dependents, beyond which the rest is only counted. */
export const MAX_SHOWN = 30;
