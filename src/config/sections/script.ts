/** `script:` what steps of that kind may use, and how much of it. */
import { Type } from '@sinclair/typebox';
import { parseDurationMs } from '../duration.ts';
import { durationSetting, group } from '../leaves.ts';
import { defineSection } from './section.ts';

export interface ScriptConfig {
  /** Of a script's values, in MiB. @default 64 */
  readonly memoryLimitMb: number;
  /** Of scripts whose step has no `timeout`, in ms; 0: none. @default 30,000 */
  readonly timeoutMs: number;
  /** Whether steps may run outside the sandbox. @default false */
  readonly allowInsecure: boolean;
}

export const script = defineSection<ScriptConfig>({
  schema: group(
    {
      memoryLimitMb: Type.Number({
        minimum: 4,
        maximum: 2048,
        default: 64,
        description: 'How many MiB the values of a script may take where its step has no `memoryLimitMb`.',
      }),
      timeout: durationSetting({
        default: '30s',
        description: 'How long a script may take where its step has no `timeout`; 0: as long as it likes.',
      }),
      allowInsecure: Type.Boolean({
        default: false,
        description:
          'Whether steps with `allowInsecure: true` may run, as plain Node outside the sandbox, with all the user may do.',
      }),
    },
    'Steps of kind script.',
  ),
  read: ({ get }) => ({
    memoryLimitMb: get('script.memoryLimitMb'),
    timeoutMs: parseDurationMs(get<string | number>('script.timeout')) ?? 0,
    allowInsecure: get('script.allowInsecure'),
  }),
});
