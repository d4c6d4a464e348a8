/** `npm run new:step <kind>`: writes the six files of a step kind, working from the start, and says what is left to do. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @throws {Error} for a name that is no kind's name, and when one of the files exists. @returns the paths written. */
export function newStep(root: string, kind: string): string[] {
  if (!/^[a-z][a-z0-9]*$/.test(kind))
    throw new Error(`"${kind}" is no name for a kind: use lower-case letters and digits, such as "fetch2"`);
  const files = filesOf(kind);
  const taken = Object.keys(files).filter((path) => existsSync(join(root, path)));
  if (taken.length > 0) throw new Error(`there is already ${taken.join(', ')}`);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return Object.keys(files);
}

export function nextSteps(kind: string): string {
  return [
    'Now',
    `  1. in src/steps/catalog.ts add  import { ${nameOf(kind)} } from './${kind}/index.ts';  and ${nameOf(kind)} to the list`,
    '  2. npm run generate',
    `  3. npx vitest run --project all test/steps/${kind}.test.ts`,
  ].join('\n');
}

/** Exported name; kinds called like a word of the language get a suffix. */
function nameOf(kind: string): string {
  return ['delete', 'import', 'export', 'switch', 'function', 'default', 'new', 'await'].includes(kind)
    ? `${kind}Step`
    : kind;
}

function filesOf(kind: string): Record<string, string> {
  return { ...sources(kind), ...companions(kind) };
}

function sources(kind: string): Record<string, string> {
  const name = nameOf(kind);
  const type = kind.charAt(0).toUpperCase() + kind.slice(1);
  return {
    [`src/steps/${kind}/index.ts`]: `/** The \`${kind}\` kind: TODO one sentence. */
import { defineStep } from '../define.ts';
import { run${type} } from './run.ts';
import { ${kind}Schema } from './schema.ts';

export const ${name} = defineStep({
  kind: '${kind}',
  summary: 'TODO one sentence for docs, completion and errors.',
  schema: ${kind}Schema,
  run: run${type},
  describe: (fields) => \`${kind} \${fields.message}\`,
});
`,
    [`src/steps/${kind}/schema.ts`]: `/** The fields of a ${kind} step. */
import { Type } from '@sinclair/typebox';

export const ${kind}Schema = Type.Object(
  {
    message: Type.String({ minLength: 1, description: 'TODO what it means.' }),
  },
  { additionalProperties: false },
);
`,
    [`src/steps/${kind}/run.ts`]: `/** One attempt of a ${kind} step. */
import type { Static } from '@sinclair/typebox';
import type { StepContext, StepResult } from '../define.ts';
import type { ${kind}Schema } from './schema.ts';

export type ${type}Fields = Static<typeof ${kind}Schema>;

/** Honours \`ctx.signal\`. @throws {StepFailure} TODO codes, and whether another attempt can help. */
export async function run${type}(fields: ${type}Fields, ctx: StepContext): Promise<StepResult> {
  ctx.signal.throwIfAborted();
  return { output: fields.message };
}
`,
  };
}

function companions(kind: string): Record<string, string> {
  const type = kind.charAt(0).toUpperCase() + kind.slice(1);
  return {
    [`docs/steps/${kind}.md`]: `# ${kind}

TODO what it is for.

Besides the fields below it takes those of [every step](../workflow.md).

<!-- fields: made from src/steps/${kind}/schema.ts by \`npm run generate\` -->
<!-- /fields -->

## Output

TODO

## Example

<!-- example: examples/steps/${kind}.yaml -->
<!-- /example -->
`,
    [`examples/steps/${kind}.yaml`]: `# TODO what it shows. Runs without a network.
name: ${kind}-example
outputs:
  result: \${{ steps.example.output }}
steps:
  - id: example
    type: ${kind}
    message: hello
`,
    [`test/steps/${kind}.test.ts`]: `/** The ${kind} kind. */
import { expect, it } from 'vitest';
import { run${type} } from '../../src/steps/${kind}/run.ts';
import { testContext } from './context.ts';
import { runExample } from './run-example.ts';

it('gives its message', async () => {
  expect(await run${type}({ message: 'hello' }, testContext())).toEqual({ output: 'hello' });
});

it('runs its example', async () => {
  expect(await runExample('${kind}')).toMatchObject({ status: 'success', outputs: { result: 'hello' } });
});
`,
  };
}

function main(kind: string | undefined): void {
  if (kind === undefined) throw new Error('which kind? npm run new:step <kind>');
  const written = newStep(join(import.meta.dirname, '..'), kind);
  console.log(written.map((path) => `wrote ${path}`).join('\n'));
  console.log(nextSteps(kind));
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  try {
    main(process.argv[2]);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}
