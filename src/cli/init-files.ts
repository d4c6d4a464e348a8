/** What `keystone init` writes. */

import { stringify } from 'yaml';
import { CONFIG_KEYS } from '../config/index.ts';

/** State of runs; configuration and workflows belong into the repository. */
export const IGNORED_PATHS: readonly string[] = [
  '.keystone/state.db*',
  '.keystone/blobs/',
  '.keystone/logs/',
  '.keystone/cache/',
];

export const HELLO_WORKFLOW = `# Run it with: keystone run hello -i who=you
name: hello
description: Greets somebody, three times at once.
inputs:
  who: { type: string, default: world, description: Whom to greet }
steps:
  - id: look
    run: date +%H
  - id: greet
    needs: [look]
    foreach: "['Hello', 'Bonjour', 'Hola']"
    run: echo \${{ item }}, \${{ inputs.who }}!
  - id: count
    type: shell
    run: echo \${{ steps.greet.output|length }} greetings at \${{ steps.look.output }} h
outputs:
  greetings: \${{ steps.greet.output }}
  summary: \${{ steps.count.output }}
`;

/** Where the default says nothing, or depends on the machine. */
const EXAMPLES: Readonly<Record<string, string>> = { pools: '{ shell: 8 }', concurrency: '16' };

/** A setting takes one line, whatever it holds. */
const FLOW = { collectionStyle: 'flow', lineWidth: 0 } as const;

/** All settings that have a default, commented out. */
export function configTemplate(): string {
  const lines = [
    '# Settings of this project; keystone config show tells what is in force. Remove the # before what you change.',
  ];
  let group = '';
  for (const { key, schema } of CONFIG_KEYS) {
    const value = EXAMPLES[key] ?? stringify(schema.default, FLOW)?.trim();
    if (value === undefined) continue;
    const [first = '', second] = key.split('.');
    if (second !== undefined && first !== group) lines.push(`# ${first}:`);
    group = second === undefined ? '' : first;
    const indent = second === undefined ? '' : '  ';
    lines.push(`# ${indent}${second ?? first}: ${value}`);
  }
  return `${lines.join('\n')}\n`;
}
