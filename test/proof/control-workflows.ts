/** Runs that somebody controls while they go on: paused, canceled twice, sent back, made to wait for each other. */
import type { RunSession } from '../../src/app/run-session.ts';
import { begin, openWorld } from '../runtime/test-project.ts';
import type { NastyWorkflow } from './nasty-workflows.ts';

const isActive = (run: RunSession, path: string): boolean => run.host.run.active.has(path);

/** A pause is asked for once in the life of a run; if it is lost with its process, nobody asks again. */
const asked = new WeakSet<object>();
const once = (world: object, act: () => void): void => {
  if (!asked.has(world)) act();
  asked.add(world);
};

export const CONTROLLED: readonly NastyWorkflow[] = [
  {
    name: 'outputs that break their contract',
    source: `
name: contract
outputs: { n: "\${{ steps.b.output }}", at: "\${{ now() }}" }
outputSchema: { type: object, properties: { n: { type: string } } }
compensate: { id: all, type: effect }
steps:
  - { id: a, type: effect, compensate: { id: ua, type: effect } }
  - { id: b, type: effect, value: 1, needs: a, compensate: { id: ub, type: effect, fail: 1, retry: { count: 1, baseDelay: 1s } } }
errors:
  - { id: tell, type: effect, value: "\${{ last_failed_step.path }} \${{ last_failed_step.error.code }}" }
finally:
  - { id: clean, type: effect, ms: 10 }
`,
  },
  {
    name: 'paused in the middle, sub-workflows too, and unpaused',
    source: `
name: paused
outputs: { v: "\${{ steps.call.outputs.v }}" }
steps:
  - { id: a, type: effect, ms: 100 }
  - { id: call, workflow: ./child.yaml }
  - { id: flaky, type: effect, fail: 1, retry: { count: 1, baseDelay: 1s } }
  - { id: nap, type: sleep, duration: 2h }
  - { id: items, type: effect, foreach: "[50, 60, 70]", concurrency: 1, ms: "\${{ item }}", needs: a }
  - { id: end, type: effect, needs: [call, flaky, nap, items] }
`,
    files: {
      'child.yaml': `
name: child
outputs: { v: "\${{ steps.cb.output }}" }
steps:
  - { id: ca, type: effect, ms: 120 }
  - { id: cb, type: effect, needs: ca, value: 7 }
`,
    },
    meddle: (run, elapsedMs, world) => {
      if (elapsedMs >= 100) once(world, () => run.pause());
    },
  },
  {
    name: 'a failing run that is paused and unpaused',
    source: `
name: failing
steps:
  - { id: a, type: effect, compensate: { id: u, type: effect } }
  - { id: bad, type: effect, fail: true, retryable: false, needs: a }
  - { id: nap, type: sleep, duration: 1h }
  - { id: later, type: effect, needs: nap }
  - { id: always, type: effect, needs: nap, if: always() }
`,
    meddle: (run, _, world) => {
      if (run.host.run.ledger.has('bad')) once(world, () => run.pause());
    },
  },
  {
    name: 'canceled, and canceled once more in finally',
    source: `
name: twice
steps:
  - { id: a, type: effect, compensate: { id: u, type: effect, ms: 50 } }
  - { id: work, type: effect, hang: true, needs: a, compensate: { id: uw, type: effect } }
finally:
  - { id: quick, type: effect, ms: 10 }
  - { id: slow, type: effect, hang: true, lingerMs: 20, needs: quick }
  - { id: never, type: effect, needs: slow, if: always() }
`,
    meddle: (run) => {
      const { ledger } = run.host.run;
      if (isActive(run, 'work') && ledger.mode('steps').mode === 'open') run.cancel('one');
      if (isActive(run, 'finally/slow') && ledger.mode('finally').mode === 'open') run.cancel('two');
    },
  },
  {
    name: 'rolled back while finally runs',
    source: `
name: late
outputs: { a: "\${{ steps.a.output }}" }
steps:
  - { id: a, type: effect, value: 1, compensate: { id: ua, type: effect, ms: 10 } }
  - { id: b, type: effect, needs: a, compensate: { id: ub, type: effect, ms: 10 } }
finally:
  - { id: slow, type: effect, ms: 100 }
  - { id: last, type: effect, needs: slow }
`,
    meddle: (run) => {
      const cancel = { type: 'CANCEL', reason: 'keystone rollback', automatic: true, rollback: true };
      if (isActive(run, 'finally/slow')) run.host.send(cancel);
    },
  },
  {
    name: 'canceled while sub-workflows run and wait, with undos of their own and without',
    source: `
name: tree
steps:
  - { id: call, workflow: ./child.yaml }
  - { id: idle, workflow: ./idle.yaml }
  - { id: end, type: effect, needs: [call, idle] }
finally:
  - { id: clean, type: effect }
`,
    files: {
      'child.yaml': `
name: child
steps:
  - { id: a, type: effect, compensate: { id: u, type: effect, ms: 20 } }
  - { id: inner, workflow: ./idle.yaml, needs: a }
  - { id: work, type: effect, hang: true, lingerMs: 30, needs: a }
finally:
  - { id: cf, type: effect, ms: 10 }
`,
      'idle.yaml': `
name: idle
steps:
  - { id: i, type: effect }
  - { id: nap, type: sleep, duration: 3h, needs: i }
`,
    },
    meddle: (run, elapsedMs) => {
      if (
        elapsedMs >= 0 &&
        isActive(run, 'idle') &&
        run.host.run.ledger.mode('steps').mode === 'open' &&
        run.host.run.flights.get('idle')?.idleUntil?.() !== undefined
      )
        run.cancel('enough');
    },
  },
  {
    name: 'sent back while a step runs whose command is slow to end',
    source: `
name: back
concurrency: 3
outputs: { round: "\${{ steps.slow.output }}" }
steps:
  - { id: draft, type: effect, value: "\${{ sent_back.round|default(1) }}", compensate: { id: ud, type: effect } }
  - { id: slow, type: effect, needs: draft, value: "\${{ steps.draft.output }}", hang: "\${{ steps.draft.output == 1 }}", lingerMs: 500, compensate: { id: us, type: effect } }
  - { id: each, type: effect, needs: draft, foreach: "[1, 2]", hang: "\${{ steps.draft.output == 1 }}", lingerMs: 300 }
  - { id: ok, type: human, message: "Good enough?", needs: draft, rewindTo: draft }
  - { id: undo, type: rollback, needs: [ok, slow, each] }
`,
    meddle: (run) => {
      const { waits, ledger } = run.host.run;
      const round = ledger.epochOf('ok');
      const begun = run.host.run.flights.has('slow') && run.host.run.flights.has('each[0]');
      if (waits.has('ok') && (round > 1 || begun)) run.answer('ok', round > 1);
    },
  },
  {
    name: 'a run that waits for its turn, is paused, and has its own time',
    source: queued('q', 'ms: 1800000', 'timeout: 2h\n'),
    prepare: async (world) => {
      await begin(openWorld(world), queued('q', 'ms: 10800000'));
    },
    meddle: (run, _, world) => {
      if (run.host.awaitsTurn) once(world, () => run.pause());
      // Nobody else looks at the store while time stands still.
      run.host.run.ports.lookForEvents();
    },
  },
];

function queued(name: string, step: string, more = ''): string {
  return `name: ${name}\non_overlap: queue\n${more}steps: [{ id: a, type: effect, ${step}, compensate: { id: u, type: effect } }]\nfinally: [{ id: f, type: effect }]\n`;
}
