/** The `script` kind: JavaScript in a sandbox. */
import { defineStep, type Permission } from '../define.ts';
import { checkScript } from './check.ts';
import { readsOf } from './reads.ts';
import { refusalOf } from './refusal.ts';
import { runScript } from './run.ts';
import { scriptSchema } from './schema.ts';

export const script = defineStep({
  kind: 'script',
  summary: 'Runs JavaScript in a sandbox; its output is what the script returns.',
  schema: scriptSchema,
  config: 'script',
  code: {
    field: 'run',
    insteadOfTemplates: 'a script reads the value by its name, such as inputs.name or steps.build.output',
    reads: readsOf,
  },
  check: checkScript,
  hasEffect: ({ allow, allowInsecure }) =>
    allowInsecure === true || (Array.isArray(allow) && allow.includes('fetch')),
  refuse: refusalOf,
  run: runScript,
  describe: ({ run, allow = [], allowInsecure }) => {
    const where = allowInsecure === true ? 'in Node, outside the sandbox' : 'in a sandbox';
    const may = allow.length === 0 ? '' : `, allowed ${allow.join(', ')}`;
    return `JavaScript ${where}${may}: ${run.trim()}`;
  },
  permissions: permissionsOf,
});

function permissionsOf({ run, allow, allowInsecure }: Readonly<Record<string, unknown>>): Permission[] {
  const grants: unknown[] = Array.isArray(allow) ? allow : [];
  const [first = ''] = typeof run === 'string' ? run.trim().split('\n') : [];
  return [
    ...(allowInsecure === true ? [{ to: 'unsandboxed', what: `JavaScript: ${first}` } as const] : []),
    ...(grants.includes('fetch') ? [{ to: 'connect', what: 'any host' } as const] : []),
    ...(grants.includes('readFile')
      ? [{ to: 'read', what: 'any file below the folder of the run' } as const]
      : []),
  ];
}
