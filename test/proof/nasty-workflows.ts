/** Workflows that have every construct in a state a crash could spoil. Their results do not depend on who is quicker. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CrashCase } from './crash.ts';

export interface NastyWorkflow {
  name: string;
  source: string;
  files?: Record<string, string>;
  prepare?: CrashCase['prepare'];
  meddle?: CrashCase['meddle'];
}

export const NASTY: readonly NastyWorkflow[] = [
  {
    name: 'a diamond with data',
    source: `
name: diamond
env: { WHO: world }
outputs: { d: "\${{ steps.d.output }}", who: "\${{ env.WHO }}" }
steps:
  - { id: a, type: effect, value: 1 }
  - { id: b, type: effect, value: "\${{ steps.a.output + 1 }}" }
  - { id: c, type: effect, value: "\${{ steps.a.output + 2 }}", transform: "output * 10" }
  - { id: d, type: effect, value: "\${{ [steps.b.output, steps.c.output] }}" }
`,
  },
  {
    name: 'retries with back-off, then success; time-outs, then skip',
    source: `
name: retry
outputs: { a: "\${{ steps.a.attempts }}", b: "\${{ steps.b.status }}" }
steps:
  - { id: a, type: effect, fail: 2, retry: { count: 3, baseDelay: 10s } }
  - { id: b, type: effect, hang: true, timeout: 5s, onTimeout: skip, retry: { count: 1, baseDelay: 1m } }
  - { id: c, type: effect, needs: a, value: 3, outputSchema: { type: integer } }
`,
  },
  {
    name: 'foreach with a window, tolerated failures and a nested list',
    source: `
name: items
outputs: { out: "\${{ steps.each.output }}", bad: "\${{ steps.some.items|where('outcome', 'failed')|length }}" }
steps:
  - { id: each, type: effect, foreach: "[3, 1, 2, 5, 4]", concurrency: 2, value: "\${{ item * 10 + index }}", ms: "\${{ item * 100 }}" }
  - { id: some, type: effect, foreach: "[true, false, true]", failFast: false, allowFailure: true, fail: "\${{ item }}", retryable: false }
  - { id: last, type: effect, value: "\${{ steps.each.output|sum }}", needs: some }
`,
  },
  {
    name: 'lines of a file that changes with every line',
    files: { 'lines.txt': 'a\nb\r\n\nc' },
    source: `
name: lines
outputs: { out: "\${{ steps.each.output }}", of: "\${{ steps.each.items|length }}" }
steps:
  - { id: each, type: effect, foreach: { lines: lines.txt }, concurrency: 2, if: "item != ''", value: "\${{ index }}\${{ item }}", ms: "\${{ 100 * (4 - index) }}", fail: 1, retry: { count: 1 }, compensate: { id: undo, type: effect, value: "\${{ item }}" } }
  - { id: none, type: effect, foreach: { lines: missing.txt }, allowFailure: true, needs: each }
  - { id: bad, type: effect, value: "\${{ steps.each.output|last }}", needs: none, fail: true, retryable: false }
`,
    meddle: ({ host: { run } }) => {
      if (run.fanOuts.has('each'))
        writeFileSync(join(run.ports.cwd, 'lines.txt'), `${run.ledger.size}\n`.repeat(run.ledger.size));
    },
  },
  {
    name: 'a matrix whose items are undone when a later step fails',
    source: `
name: saga
compensate: { id: all, type: effect, value: whole }
steps:
  - id: place
    type: effect
    strategy: { matrix: { os: [a, b], n: [1, 2] } }
    concurrency: 1
    value: "\${{ item.os }}\${{ item.n }}"
    compensate: { id: unplace, type: effect, value: "\${{ item.os }}\${{ item.n }}" }
  - id: pay
    type: effect
    needs: place
    compensate: { id: refund, type: effect, fail: 1, retry: { count: 1, baseDelay: 3s } }
  - { id: ship, type: effect, needs: pay, fail: true, retryable: false, compensate: { id: unship, type: effect, fail: true, retryable: false } }
  - { id: never, type: effect, needs: ship }
errors:
  - { id: tell, type: effect, value: "\${{ last_failed_step.id }} \${{ last_failed_step.error.code }} \${{ last_failed_step.attempts }}" }
  - { id: more, type: effect, needs: tell, value: "\${{ steps.tell.output }}!" }
finally:
  - { id: clean, type: effect }
  - { id: broken, type: effect, fail: true, retryable: false, needs: clean }
  - { id: last, type: effect, if: always(), needs: broken }
`,
  },
  {
    name: 'sleeps beside work, and a join that gives up',
    source: `
name: waits
outputs: { got: "\${{ steps.some.output.completed|keys }}", pending: "\${{ steps.some.output.pending }}" }
steps:
  - { id: nap, type: sleep, duration: 2h }
  - { id: quick, type: effect, value: 1 }
  - { id: long, type: sleep, duration: 3d }
  - { id: some, type: join, needs: [nap, quick, long], condition: 3, timeout: 5h, onTimeout: partial }
  - { id: after, type: effect, needs: some, value: "\${{ steps.some.output.pending|length }}" }
`,
  },
  {
    name: 'a race whose losers are canceled',
    source: `
name: race
outputs: { won: "\${{ steps.first.output.completed|keys }}" }
steps:
  - { id: fast, type: effect, value: f }
  - { id: slow, type: effect, hang: true, compensate: { id: undo, type: effect } }
  - { id: far, type: effect, needs: slow }
  - { id: first, type: join, needs: [fast, far], condition: any, cancelRest: true }
  - { id: end, type: effect, needs: first }
`,
  },
  {
    name: 'two joins over the same steps, and one that is skipped',
    source: `
name: joins
on_failure: continue
outputs: { first: "\${{ steps.one.output.completed|keys }}", rest: "\${{ steps.two.canceled }}" }
steps:
  - { id: a, type: effect, value: 1 }
  - { id: b, type: effect, ms: 50, value: 2 }
  - { id: c, type: effect, hang: true }
  - { id: d, type: effect, needs: c }
  - { id: e, type: effect, ms: 10, fail: true, retryable: false }
  - { id: one, type: join, needs: [a, b, d], condition: any }
  - { id: two, type: join, needs: [a, b, d], condition: 2, transform: "output.completed|values|sum" }
  - { id: never, type: join, needs: [e, a], condition: any, if: "steps.one.output.pending|length == 0" }
  - { id: end, type: effect, needs: two, if: always(), value: "\${{ steps.two.output }}" }
`,
  },
  {
    name: 'on_failure: drain lets running steps end',
    source: `
name: drain
steps:
  - { id: bad, type: effect, fail: true, retryable: false }
  - { id: running, type: effect, ms: 1000 }
  - { id: later, type: effect, needs: running }
  - { id: always, type: effect, needs: [bad, running], if: always() }
errors:
  - { id: tell, type: effect, value: "\${{ last_failed_step.id }}" }
`,
  },
  {
    name: 'on_failure: cancel ends them',
    source: `
name: cancel
on_failure: cancel
steps:
  - { id: bad, type: effect, ms: 10, fail: true, retryable: false }
  - { id: running, type: effect, hang: true, compensate: { id: undo, type: effect } }
  - { id: nap, type: sleep, duration: 1h }
  - { id: later, type: effect, needs: [running, nap] }
finally:
  - { id: clean, type: effect }
`,
  },
  {
    name: 'on_failure: continue with several failures',
    source: `
name: continue
on_failure: continue
steps:
  - { id: one, type: effect, ms: 20, fail: true, retryable: false, code: ONE }
  - { id: two, type: effect, ms: 10, fail: true, retryable: false, code: TWO }
  - { id: ok, type: effect, ms: 30 }
  - { id: after, type: effect, needs: ok }
  - { id: skipped, type: effect, needs: [one, ok] }
errors:
  - { id: tell, type: effect, value: "\${{ last_failed_step.id }}" }
`,
  },
  {
    name: 'a run that uses up its time',
    source: `
name: expiry
timeout: 10m
steps:
  - { id: done, type: effect, compensate: { id: undo, type: effect } }
  - { id: nap, type: sleep, duration: 1h, needs: done }
  - { id: never, type: effect, needs: nap }
finally:
  - { id: clean, type: effect }
`,
  },
  {
    name: 'a cancel in the middle',
    source: `
name: canceled
steps:
  - { id: a, type: effect, compensate: { id: undo, type: effect, ms: 50 } }
  - { id: b, type: effect, needs: a, compensate: { id: undo, type: effect, ms: 50 } }
  - { id: nap, type: sleep, duration: 1h, needs: b }
  - { id: work, type: effect, hang: true, needs: a }
  - { id: c, type: effect, needs: [nap, work] }
finally:
  - { id: clean, type: effect, ms: 10 }
`,
    meddle: (run) => {
      if (run.host.run.ledger.has('b') && run.host.run.ledger.mode('steps').mode === 'open')
        run.cancel('enough');
    },
  },
  {
    name: 'a child run, and one that fails',
    source: `
name: parent
outputs: { sum: "\${{ steps.ask.output.sum }}" }
steps:
  - { id: ask, type: workflow, workflow: ./child.yaml, inputs: { n: 4 } }
  - { id: use, type: effect, value: "\${{ steps.ask.output.sum }}" }
  - { id: bad, type: workflow, workflow: ./child.yaml, inputs: { n: -1 }, allowFailure: true, needs: use }
`,
    files: {
      'child.yaml': `
name: child
inputs: { n: { type: integer } }
outputs: { sum: "\${{ steps.b.output }}" }
steps:
  - { id: a, type: effect, value: "\${{ inputs.n + 1 }}", compensate: { id: undo, type: effect } }
  - { id: nap, type: sleep, duration: 1h, needs: a }
  - { id: b, type: effect, needs: nap, value: "\${{ steps.a.output * 2 }}", fail: "\${{ inputs.n < 0 }}", retryable: false }
`,
    },
  },
  {
    name: 'a child run that had succeeded is undone with its parent',
    source: `
name: parent
steps:
  - { id: first, type: effect, compensate: { id: undo_first, type: effect } }
  - { id: ask, type: workflow, workflow: ./child.yaml, needs: first }
  - { id: bad, type: effect, needs: ask, fail: true, retryable: false }
`,
    files: {
      'child.yaml': `
name: child
steps:
  - { id: a, type: effect, compensate: { id: undo_a, type: effect } }
  - { id: b, type: effect, needs: a, compensate: { id: undo_b, type: effect } }
`,
    },
  },
  {
    name: 'a block too wide for regions, with soft joins in it',
    source: `
name: wide
on_failure: continue
steps:
${Array.from({ length: 20 }, (_, i) => `  - { id: s${i}, type: effect, value: ${i}${i % 7 === 3 ? ', fail: true, retryable: false' : ''} }`).join('\n')}
${Array.from({ length: 18 }, (_, i) => `  - { id: t${i}, type: effect, needs: [s${i}, s${i + 1}], value: "\${{ steps.s${i}.output }}" }`).join('\n')}
  - { id: most, type: join, needs: [s0, s1, s2, s3, s4], condition: 4 }
  - { id: end, type: effect, needs: [most, t0, t17], value: "\${{ steps.most.output.completed|keys|length }}" }
`,
  },
  {
    name: 'slots that are scarce',
    source: `
name: scarce
concurrency: 2
pools: { one: 1 }
steps:
${Array.from({ length: 6 }, (_, i) => `  - { id: s${i}, type: effect, ms: ${100 + i}, pool: one, priority: ${i % 3} }`).join('\n')}
${Array.from({ length: 3 }, (_, i) => `  - { id: f${i}, type: effect, ms: 70, needs: [s${i}] }`).join('\n')}
`,
  },
  {
    name: 'events sent before and after somebody waits for them',
    source: `
name: events
outputs: { early: "\${{ steps.early.output }}", late: "\${{ steps.late.output }}", none: "\${{ steps.none.status }}" }
steps:
  - { id: tell, type: emit, event: e, data: 1 }
  - { id: early, type: wait, event: e, needs: tell }
  - { id: late, type: wait, event: f, match: "data.n == 2" }
  - { id: nap, type: sleep, duration: 1m }
  - { id: no, type: emit, event: f, data: { n: 1 }, needs: nap }
  - { id: yes, type: emit, event: f, data: { n: 2 }, needs: no }
  - { id: none, type: wait, event: never, timeout: 5m, onTimeout: skip }
  - { id: after, type: effect, value: "\${{ steps.late.output }}" }
`,
  },
  {
    name: 'a person who says no, and then yes',
    source: `
name: rework
outputs: { draft: "\${{ steps.draft.output }}", rounds: "\${{ sent_back.round }}" }
steps:
  - { id: once, type: effect }
  - { id: draft, type: effect, needs: once, value: "\${{ sent_back.round|default(1) }}", compensate: { id: u, type: effect } }
  - { id: beside, type: effect, needs: draft, foreach: "[1, 2]", ms: 1000 }
  - { id: ok, type: human, message: "Fine?", needs: draft, rewindTo: draft }
  - { id: ship, type: effect, needs: [ok, beside], fail: true, retryable: false }
`,
    meddle(run) {
      const { waits, ledger } = run.host.run;
      if (waits.has('ok') && ledger.has('beside')) run.answer('ok', ledger.epochOf('ok') > 2);
    },
  },
  {
    name: 'undone in the middle and tried again, then undone as a whole',
    source: `
name: rolled
compensate: { id: all, type: effect }
outputs: { round: "\${{ steps.b.output }}" }
steps:
  - { id: a, type: effect, compensate: { id: ua, type: effect } }
  - { id: b, type: effect, needs: a, value: "\${{ sent_back.round|default(1) }}", compensate: { id: ub, type: effect, fail: 1, retry: { count: 1, baseDelay: 1s } } }
  - { id: again, type: rollback, scope: b, then: retry, rounds: 2, needs: b, if: "steps.b.output < 3" }
  - { id: whole, type: rollback, needs: again, if: always() }
  - { id: end, type: effect, needs: whole, value: "\${{ steps.whole.output }}" }
`,
  },
];
