/** `--inspect` over a real socket: what an inspector page receives, and what it must never receive. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect';
import { expect, test } from 'vitest';
import { runWorkflow } from '../../src/app/index.ts';
import { attachInspector } from '../../src/app/inspect.ts';
import { open } from '../../src/index.ts';
import { Redactor } from '../../src/kernel/redact.ts';

const SECRET = 'sw0rdfish-sw0rdfish';

const project = () =>
  open({ cwd: mkdtempSync(path.join(tmpdir(), 'keystone-inspect-')) }).then((opened) => ({
    ...opened,
    config: { ...opened.config, inspect: { port: 0, open: false } },
  }));

test('an inspector sees actors, events and snapshots of a run, with secrets redacted', async () => {
  const opened = await project();
  const inspector = await attachInspector(opened, new Redactor([['token', SECRET]]));
  const page = await fetch(inspector.url);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('stately.ai');
  const received: StatelyInspectionEvent[] = [];
  const receiver = createWebSocketReceiver({ server: inspector.url.replace('http', 'ws') });
  const subscription = receiver.subscribe((event) => received.push(event));
  const { createActor, setup } = await import('xstate');
  const machine = setup({
    types: { events: {} as { type: 'TELL'; secret: string } },
  }).createMachine({ id: 'teller', context: { kept: SECRET }, on: { TELL: {} } });
  await expect.poll(() => received.length > 0 || tell(), { timeout: 10_000, interval: 100 }).toBe(true);
  function tell(): boolean {
    const actor = createActor(machine, { inspect: (event) => inspector.observe(event) });
    actor.start();
    actor.send({ type: 'TELL', secret: `it is ${SECRET}` });
    actor.stop();
    return false;
  }
  await expect
    .poll(() => new Set(received.map(({ type }) => type)), { timeout: 5000 })
    .toEqual(new Set(['@xstate.actor', '@xstate.event', '@xstate.snapshot']));
  subscription.unsubscribe();
  await inspector.close();
  expect(JSON.stringify(received)).not.toContain(SECRET);
  expect(JSON.stringify(received)).toContain('it is ***');
});

test('a run with --inspect ends as without it', async () => {
  const source =
    'name: seen\ninputs: { token: { type: string, secret: true } }\nsteps:\n  - { id: a, run: "echo ${{ inputs.token }}" }\n';
  const handle = await runWorkflow(await project(), {
    workflow: 'seen',
    source,
    inputs: { token: SECRET },
    inspect: true,
  });
  const result = await handle.result;
  expect(result.status).toBe('success');
  expect(JSON.stringify(result)).not.toContain(SECRET);
});
