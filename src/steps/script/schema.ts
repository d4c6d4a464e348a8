/** The fields of a script step. */
import { Type } from '@sinclair/typebox';

/** What a script may be allowed. */
export const GRANTS = ['fetch', 'readFile', 'secrets'] as const;

/** What the configuration says of scripts; see `src/config/sections/script.ts`. */
export interface ScriptConfig {
  readonly memoryLimitMb: number;
  readonly timeoutMs: number;
  readonly allowInsecure: boolean;
}

export const scriptSchema = Type.Object(
  {
    run: Type.String({
      minLength: 1,
      description:
        'JavaScript: the body of an asynchronous function, in strict mode. What it returns is the output. It reads `inputs`, `steps`, `item` … by these names; `${{ }}` is refused in it.',
    }),
    allow: Type.Optional(
      Type.Array(Type.Unsafe<(typeof GRANTS)[number]>({ type: 'string', enum: [...GRANTS] }), {
        uniqueItems: true,
        description:
          'What it may use beside its values: `fetch` (HTTP), `readFile` (files inside the folder of the run), `secrets` (as `secrets.NAME`). Without it, nothing.',
      }),
    ),
    allowPrivateNetwork: Type.Optional(
      Type.Boolean({
        description: 'Whether `fetch` may reach private, link-local and loopback addresses. Default: no.',
      }),
    ),
    memoryLimitMb: Type.Optional(
      Type.Number({
        minimum: 4,
        maximum: 2048,
        description: 'MiB its values may take. Default: `script.memoryLimitMb` of the configuration (64).',
      }),
    ),
    allowInsecure: Type.Optional(
      Type.Boolean({
        description:
          'Runs it as plain Node in a process of its own, outside the sandbox. Refused unless the configuration has `script.allowInsecure: true`.',
      }),
    ),
  },
  { additionalProperties: false },
);
