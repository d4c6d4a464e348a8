/** The workflow kind: what is asked of the child run, and which of its outputs are kept. */
import { describe, expect, it } from 'vitest';
import { StepFailure } from '../../src/kernel/failure.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import type { ChildRunRequest } from '../../src/steps/define.ts';
import { runWorkflowStep } from '../../src/steps/workflow/run.ts';
import { testContext } from './context.ts';
import { runExample } from './run-example.ts';

const outputs: JsonObject = {
  url: 'https://x',
  report: { files: [{ name: 'a' }], none: null },
  'dotted.key': 1,
};

async function mapped(
  outputMapping: Record<string, string | { from: string; default?: unknown }>,
): Promise<unknown> {
  const ctx = testContext({
    runWorkflow: () => Promise.resolve({ runId: 'child00001', version: 2, outputs }),
  });
  return (await runWorkflowStep({ workflow: 'child', outputMapping }, ctx)).output;
}

describe('a workflow step', () => {
  it('passes its inputs on and gives all outputs back', async () => {
    const requests: ChildRunRequest[] = [];
    const ctx = testContext({
      runWorkflow: (request) => {
        requests.push(request);
        return Promise.resolve({ runId: 'child00001', version: 2, outputs });
      },
    });
    expect(await runWorkflowStep({ workflow: './child.yaml', inputs: { n: 1 } }, ctx)).toEqual({
      output: outputs,
      raw: { runId: 'child00001', version: 2 },
    });
    expect(requests).toEqual([{ workflow: './child.yaml', inputs: { n: 1 } }]);
  });

  it('keeps only what is mapped, by key or path', async () => {
    expect(
      await mapped({
        link: 'url',
        first: 'report.files[0].name',
        flat: 'dotted.key',
        nothing: 'report.none',
      }),
    ).toEqual({
      link: 'https://x',
      first: 'a',
      flat: 1,
      nothing: null,
    });
  });

  it('takes the default for what is missing, and only then', async () => {
    expect(
      await mapped({
        a: { from: 'nope.deep', default: [] },
        b: { from: 'url', default: 'x' },
        c: { from: 'z', default: null },
      }),
    ).toEqual({
      a: [],
      b: 'https://x',
      c: null,
    });
  });

  it.each([
    'nope',
    'report.files[1]',
    'url.length',
    'report.none.x',
    'constructor',
    '__proto__',
    'report.files.length',
  ])('fails naming the missing path %s', async (from) => {
    const error = await mapped({ alias: from }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StepFailure);
    expect(error).toMatchObject({
      code: 'OUTPUT_MISSING',
      retryable: false,
      details: { workflow: 'child', alias: 'alias', from },
    });
    expect(String(error)).toContain(
      `no output "${from}", which outputMapping.alias asks for; it has: url, report, dotted.key`,
    );
  });

  it('hands on the failure of the child', async () => {
    const ctx = testContext({ runWorkflow: () => Promise.reject(new StepFailure('CHILD_FAILED', 'no')) });
    await expect(runWorkflowStep({ workflow: 'child' }, ctx)).rejects.toMatchObject({ code: 'CHILD_FAILED' });
  });
});

it('runs its example with its child', async () => {
  const run = await runExample('workflow');
  expect(run).toMatchObject({
    status: 'success',
    outputs: { file: 'app-1.2.3.tgz', first: 'a.js', notes: 'none' },
  });
});
