/** Puts together what the parts of one run share. */

import type { InspectionEvent } from 'xstate';
import { type BlockName, type EmittedBody, emitBlock, type Plan } from '#compiler';
import type { Clock } from '../kernel/clock.ts';
import type { Failure } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { holdsSecret } from '../kernel/redact.ts';
import type { StepKind } from '../steps/define.ts';
import type { DedupRow, StepRow } from '../store/port.ts';
import type { Committer } from './committer.ts';
import { CompensationStack } from './compensation-stack.ts';
import type { RunConclusion } from './conclude.ts';
import { type Items, itemsOf } from './items.ts';
import { RunKeys } from './keys.ts';
import { Ledger } from './ledger.ts';
import { RunRecorder } from './recorder.ts';
import type { FormerEnd, RunContext, RunPorts } from './run-context.ts';
import type { RunEvent } from './run-event.ts';
import { createStepsScope, type EvaluatedEnv } from './scope.ts';
import { leftOutReason, readSelection, selectedSteps } from './selection.ts';
import type { RunLimits, Slots } from './slots.ts';
import { StepIndex } from './step-path.ts';
import { RunTimers } from './timers.ts';

export interface RunSetup {
  runId: string;
  rootRunId: string;
  plan: Plan;
  kinds: ReadonlyMap<string, StepKind>;
  /** With secrets. */
  inputs: JsonObject;
  secrets: Readonly<Record<string, string>>;
  env: EvaluatedEnv;
  limits: RunLimits;
  facts: JsonObject;
  seed: string;
  /** Facts of the run as they are stored. */
  pinned: JsonObject;
  startedAt: number;
  /** Last sequence number used before; 0 for a new run. */
  seq: number;
  clock: Clock;
  slots: Slots;
  committer: Committer;
  ports: RunPorts;
  seal: Sealer;
  publish(events: readonly RunEvent[]): void;
  /** Further observers of the actor system, such as the inspector. Sees redacted nothing: it must redact itself. */
  inspect?: (event: InspectionEvent) => void;
  /** Called at each look while the run waits for its turn, with the runs before it. */
  onWaiting?(others: readonly string[]): void;
  /** The run reached its end; already durable. */
  onEnd(conclusion: RunConclusion): void;
  /** A bug, or a store that refuses: nothing more happens in this process. */
  onHalt(error: unknown): void;
  /** Called after every durable turn. */
  onTurn(): void;
}

/** Secrets leave for the store as placeholders and come back as values. */
export interface Sealer {
  json<T extends Json>(value: T): T;
  open<T extends Json>(value: T): T;
  /** JSON text of a value that is kept as text; {@link parse} reads it. */
  stringify(value: unknown): string;
  parse(text: string): unknown;
}

export interface HostHooks {
  send: RunContext['send'];
  ledgerChanged(): void;
  isPausing(): boolean;
  onStoreFailure(error: unknown): void;
}

export function createRunContext(setup: RunSetup, hooks: HostHooks): RunContext {
  const recorder = createRecorder(setup, hooks);
  const scopes = new Map<BlockName, object>();
  let pinned = setup.pinned;
  const charts = new Map<BlockName, EmittedBody>();
  const run: RunContext = {
    runId: setup.runId,
    rootRunId: setup.rootRunId,
    plan: setup.plan,
    index: new StepIndex(setup.plan),
    kinds: setup.kinds,
    ledger: new Ledger(),
    recorder,
    timers: new RunTimers(setup.clock, recorder, (row) =>
      recorder.emit({ type: 'timer.fired', path: row.actorPath, text: row.name }),
    ),
    slots: setup.slots,
    limits: setup.limits,
    compensations: new CompensationStack(recorder),
    clock: setup.clock,
    ports: setup.ports,
    inputs: setup.inputs,
    secrets: setup.secrets,
    env: setup.env,
    facts: setup.facts,
    workflowFacts: { name: setup.plan.name, version: setup.plan.version ?? null },
    seed: setup.seed,
    startedAt: setup.startedAt,
    ...roundOf(setup),
    queued: false,
    ...nothingBegun(),
    keys: new RunKeys(setup.pinned.noDedup !== true, setup.seal),
    lastFailedStep: null,
    outputs: undefined,
    outputsFailure: setup.seal.open(setup.pinned.outputsFailure ?? null) as Failure | null,
    keepOutputs: (outputs) => {
      run.outputs = outputs;
      recorder.patchRun({ outputs: setup.seal.json(outputs) });
    },
    former: setup.seal.open(setup.pinned.former ?? null) as FormerEnd | null,
    sentBack: setup.seal.open(setup.pinned.sentBack ?? null),
    pin: (name, value, as = 'sealed') => {
      pinned = { ...pinned, [name]: as === 'sealed' ? setup.seal.json(value) : value };
      recorder.patchRun({ pinned });
    },
    stepsScope: (block) => {
      const scope = scopes.get(block) ?? createStepsScope(run, block);
      scopes.set(block, scope);
      return scope;
    },
    chartOf: (block) => {
      const chart = charts.get(block) ?? emitBlock(setup.plan, block);
      charts.set(block, chart);
      return chart;
    },
    ...itemCache(() => run),
    send: hooks.send,
    ledgerChanged: hooks.ledgerChanged,
    isPausing: hooks.isPausing,
  };
  return run;
}

const nothingBegun = () => ({
  drafts: new Map(),
  flights: new Map(),
  active: new Map(),
  waits: new Map(),
  interrupted: new Map(),
  leaving: new Map(),
  leftBehind: new Map(),
  unwanted: new Map(),
});

function itemCache(run: () => RunContext): Pick<RunContext, 'itemsOf' | 'forgetItems' | 'fanOuts'> {
  const known = new Map<string, Items>();
  const fanOuts: RunContext['fanOuts'] = new Map();
  return {
    fanOuts,
    itemsOf: (path) => {
      const items = known.get(path) ?? itemsOf(run(), run().index.at(path));
      known.set(path, items);
      return items;
    },
    forgetItems: (path) => {
      known.delete(path);
      fanOuts.delete(path);
    },
  };
}

/** What `rerun` and the options of `run` have pinned. */
function roundOf({
  pinned,
  startedAt,
  plan,
}: RunSetup): Pick<RunContext, 'begunAt' | 'kept' | 'asked' | 'leftOut' | 'isPart' | 'debug' | 'passed'> {
  const selection = readSelection(pinned.selection);
  const selected = selection && selectedSteps(plan.blocks.steps, selection);
  return {
    isPart: selection !== undefined,
    leftOut: (id) => (selection === undefined || selected?.has(id) ? undefined : leftOutReason(selection)),
    debug: pinned.debug === true,
    passed: new Set(Array.isArray(pinned.passed) ? pinned.passed.map(String) : []),
    begunAt: typeof pinned.begunAt === 'number' ? pinned.begunAt : startedAt,
    kept: new Set(Array.isArray(pinned.kept) ? pinned.kept.map(String) : []),
    asked: new Set(Array.isArray(pinned.asked) ? pinned.asked.map(String) : []),
  };
}

function createRecorder(setup: RunSetup, hooks: HostHooks): RunRecorder {
  return new RunRecorder({
    runId: setup.runId,
    committer: setup.committer,
    seq: setup.seq,
    now: () => setup.clock.now(),
    stringify: (value) => setup.seal.stringify(value),
    sealJson: (value) => setup.seal.json(value),
    sealRow: (row) => sealRow(setup.seal, row),
    sealDedup: (row) => sealDedup(setup.seal, row),
    publish: (events) => setup.publish(events),
    onTurn: () => setup.onTurn(),
    onFailure: hooks.onStoreFailure,
  });
}

/** Only what the world or an author's expression put there can hold a secret. */
function sealRow(seal: Sealer, row: StepRow): StepRow {
  if (
    row.output === undefined &&
    row.raw === undefined &&
    row.error === undefined &&
    row.reason === undefined &&
    row.fanOut === undefined
  )
    return row;
  return {
    ...row,
    ...(row.output !== undefined && { output: seal.json(row.output as Json) }),
    ...(row.raw && { raw: seal.json(row.raw) }),
    ...(row.error && { error: seal.json(row.error as unknown as JsonObject) as unknown as Failure }),
    ...(row.reason !== undefined && { reason: seal.json(row.reason) }),
    ...(row.fanOut && { fanOut: seal.json(row.fanOut as never) }),
  };
}

/** A result that any run of the project may take without knowing of its secrets is only kept when it has none. */
function sealDedup(seal: Sealer, row: DedupRow): DedupRow | undefined {
  const sealed: DedupRow = {
    ...row,
    label: seal.json(row.label),
    ...(row.output !== undefined && { output: seal.json(row.output as Json) }),
    ...(row.raw && { raw: seal.json(row.raw) }),
  };
  const { output = null, raw = null } = sealed;
  return row.scope === 'memo' && holdsSecret([output as Json, raw]) ? undefined : sealed;
}
