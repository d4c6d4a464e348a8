/** The environment of commands: what the workflow and the step say of it, and what `null` takes away. */
import { expect, test } from 'vitest';
import { runToEnd } from './test-project.ts';

test('null takes a variable away from commands, at the file, at the step, and out of what the file gave', async () => {
  const { result } = await runToEnd(`
name: t
env: { HOME: null, A: from-the-file, B: from-the-file }
outputs: { seen: "\${{ steps.a.output }}", other: "\${{ steps.b.output }}" }
steps:
  - id: a
    run: 'echo "\${HOME-none} \${A-none} \${B-none} \${C-none}" \${{ env.A|default("null") }}'
    env: { A: null, C: "" }
  - { id: b, run: 'echo "\${HOME-none} $A $B"', env: { HOME: "/h" } }
`);
  expect(result.outputs).toEqual({
    seen: 'none none from-the-file  null',
    other: '/h from-the-file from-the-file',
  });
});
