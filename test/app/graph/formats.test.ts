import { describe, expect, it } from 'vitest';
import { createMachine, fromPromise, getInitialSnapshot, getNextSnapshot } from 'xstate';
import { GRAPH_FORMATS, GRAPH_VIEWS, renderGraph } from '../../../src/app/graph/index.ts';
import { joinOf, stepOf, steps, stepsOf } from '../../compiler/shape/plan-of.ts';
import { modelOf } from './graph-of.ts';

const release = (): ReturnType<typeof modelOf> =>
  modelOf({
    steps: [stepOf('a', [], { compensate: stepOf('undo') }), ...steps(40, () => []), stepOf('z', ['a'])],
    errors: stepsOf({ page: [], log: ['page'] }),
    finally: stepsOf({ clean: [] }),
  });

describe('every format and view', () => {
  it('ends in one line break and is the same every time', async () => {
    for (const format of GRAPH_FORMATS) {
      for (const view of GRAPH_VIEWS) {
        const text = await renderGraph(release(), { format, view });
        expect(text.endsWith('\n') && !text.endsWith('\n\n'), `${format} ${view}`).toBe(true);
        expect(await renderGraph(release(), { format, view })).toBe(text);
      }
    }
  });
});

describe('json', () => {
  it('holds all steps, all edges and the emitted definitions', async () => {
    const block = [
      ...stepsOf({ a: [], b: ['a'], c: ['a', 'b'] }),
      joinOf('j', ['b', 'c'], { condition: { type: 'any' } }),
    ];
    const model = modelOf({ steps: block, errors: stepsOf({ x: [], y: ['x'] }) }, { a: 'success' });
    const graph = JSON.parse(await renderGraph(model, { format: 'json' }));
    expect(graph.steps.map((step: { path: string }) => step.path)).toEqual([
      'a',
      'b',
      'c',
      'j',
      'errors/x',
      'errors/y',
    ]);
    expect(graph.steps[0].status).toBe('success');
    expect(graph.edges).toEqual([
      { from: 'a', to: 'b', soft: false },
      { from: 'b', to: 'c', soft: false },
      { from: 'b', to: 'j', soft: true },
      { from: 'c', to: 'j', soft: true },
      { from: 'errors/x', to: 'errors/y', soft: false },
    ]);
    expect(graph.statecharts.errors.machine.id).toBe('release.errors');
  });
});

describe('xstate', () => {
  it('is one machine that XState takes, with the blocks in the stages of a run', async () => {
    const definition = JSON.parse(await renderGraph(release(), { format: 'xstate' }));
    const machine = createMachine(definition);
    const stages = Object.keys(machine.states);
    expect(stages).toEqual([
      'working',
      'recovering',
      'unwinding',
      'finalizing',
      'concluding',
      'succeeded',
      'failed',
      'canceled',
    ]);
    expect(Object.keys(definition.states.recovering.states)).toContain('log');
    expect(Object.keys(definition.states.finalizing.states.steps.states)).toContain('clean');
  });

  it('writes fleets out as regions, large ones cut short', async () => {
    const definition = JSON.parse(await renderGraph(release(), { format: 'xstate' }));
    const active = definition.states.working.states.steps.states['block-1'].states.active;
    expect(active.type).toBe('parallel');
    expect(active.invoke.src).toBe('fleet-1');
    expect(Object.keys(active.states)).toHaveLength(30);
    expect(active.states['and-12-more'].description).toBe('… and 12 more');
    const branch = Object.values<{ states?: object }>(active.states).find(
      (state) => state.states !== undefined,
    );
    expect(Object.keys(branch?.states ?? {})).toEqual(['a', 'z', 'all-done']);
  });

  it('writes segments out in their place, so that the whole sequence can be walked through', async () => {
    const block = steps(250, (i) => (i === 0 ? [] : [i - 1]));
    const definition = JSON.parse(await renderGraph(modelOf({ steps: block }), { format: 'xstate' }));
    const { working } = definition.states;
    expect(Object.keys(working.states.steps.states)).toEqual([
      'segment-1',
      'segment-2',
      'segment-3',
      'all-done',
    ]);
    const machine = createMachine(definition).provide({
      actors: { step: fromPromise(async () => ({ status: 'success' })) },
      guards: { settledAs: () => true, endsSuccess: () => true, hasFailed: () => false },
    } as never);
    const events = block.map(({ id }) => ({
      type: `xstate.done.actor.${id}`,
      output: { status: 'success' },
    }));
    let snapshot = getInitialSnapshot(machine);
    const seen: unknown[] = [];
    for (const event of events) {
      seen.push(snapshot.value);
      snapshot = getNextSnapshot(machine, snapshot, event as never);
    }
    const control = { going: 'running' };
    expect(seen[0]).toEqual({ working: { steps: { 'segment-1': { s0: 'active' } }, control } });
    expect(seen[100]).toEqual({ working: { steps: { 'segment-2': { s100: 'active' } }, control } });
    expect(seen[249]).toEqual({ working: { steps: { 'segment-3': { s249: 'active' } }, control } });
    expect(snapshot.value).toBe('succeeded');
  });

  it('leaves out stages that the workflow does not have', async () => {
    const definition = JSON.parse(await renderGraph(modelOf({ steps: [stepOf('a')] }), { format: 'xstate' }));
    expect(Object.keys(definition.states)).not.toContain('recovering');
    const { steps, control } = definition.states.working.states;
    expect(steps.onDone).toEqual([{ target: '#release.concluding' }]);
    expect(Object.keys(control.states)).toEqual(['going', 'pausing', 'paused', 'canceling']);
    expect(() => createMachine(definition)).not.toThrow();
  });

  it('pauses and comes back through the history of the run, while the steps stay where they are', async () => {
    const model = modelOf({ steps: stepsOf({ a: [], b: ['a'] }) });
    const definition = JSON.parse(
      await renderGraph({ ...model, plan: { ...model.plan, onOverlap: 'queue' } }, { format: 'xstate' }),
    );
    let failed = false;
    const machine = createMachine(definition).provide({
      actors: { step: fromPromise(async () => ({ status: 'success' })) },
      guards: {
        mustQueue: () => true,
        isQuiet: () => true,
        hasFailed: () => failed,
        settledAs: () => false,
        endsSuccess: () => false,
        endsCanceled: () => false,
      },
    } as never);
    let snapshot = getInitialSnapshot(machine);
    const next = (event: string, data = {}): unknown => {
      snapshot = getNextSnapshot(machine, snapshot, { type: event, ...data } as never);
      return snapshot.value;
    };
    expect(snapshot.value).toEqual({ queued: 'waiting' });
    expect(next('PAUSE')).toEqual({ queued: 'paused' });
    expect(next('turn.come')).toEqual({ queued: 'paused' });
    next('UNPAUSE');
    const steps = { a: 'active' };
    expect(next('turn.come')).toEqual({ working: { steps, control: { going: 'running' } } });
    expect(next('PAUSE')).toEqual({ working: { steps, control: 'paused' } });
    expect(next('UNPAUSE')).toEqual({ working: { steps, control: { going: 'running' } } });
    failed = true;
    expect(next('step.failed')).toEqual({ working: { steps, control: { going: 'failing' } } });
    next('PAUSE');
    expect(next('UNPAUSE')).toEqual({ working: { steps, control: { going: 'failing' } } });
    for (const id of ['a', 'b']) next(`xstate.done.actor.${id}`, { output: { status: 'failed' } });
    expect(snapshot.value).toBe('failed');
  });
});

describe('dot', () => {
  it('quotes whatever names hold', async () => {
    const name = 'say "hi" \\ <b>\nx';
    for (const view of GRAPH_VIEWS) {
      const dot = await renderGraph(modelOf({ steps: [stepOf('end', [], { name })] }), {
        format: 'dot',
        view,
      });
      expect(dot).toContain('label="end: say \\"hi\\" \\\\ <b> x"');
    }
  });

  it('draws groups as clusters and arrows between their borders', async () => {
    const block = stepsOf({ a: [], b: ['a'], c: ['a'], d: ['b', 'c'] });
    const dot = await renderGraph(modelOf({ steps: block }), { format: 'dot' });
    expect(dot).toContain('subgraph "cluster steps fork-1" {');
    expect(dot).toContain('"a" -> "b" [lhead="cluster steps fork-1"];');
    expect(dot).toContain('"c" -> "d" [ltail="cluster steps fork-1"];');
  });

  it('draws needs as arrows, dashed where a soft join may go on without', async () => {
    const block = [stepOf('a'), stepOf('b'), joinOf('j', ['a', 'b'], { timeoutMs: 5 })];
    const dot = await renderGraph(modelOf({ steps: block }, { a: 'failed' }), { format: 'dot', view: 'dag' });
    expect(dot).toContain('"a" -> "j" [style=dashed];');
    expect(dot).toMatch(/"a" \[label="a", .*fillcolor="#ffebe9"/);
  });
});
