/** `shell:` how scripts of steps are run, and what they may not do. */
import { Type } from '@sinclair/typebox';
import { group, oneOf } from '../leaves.ts';
import { defineSection } from './section.ts';

export interface ShellConfig {
  /** What interprets `run` where a step does not say. @default 'sh' */
  readonly default: 'sh' | 'bash' | 'zsh' | 'pwsh' | 'node';
  /** Commands, perhaps with their first arguments, that no step may run. @default [] */
  readonly denylist: readonly string[];
  /** Of steps without a `sandbox` of their own. @default 'off' */
  readonly sandbox: 'off' | 'auto' | 'required';
}

export const shell = defineSection<ShellConfig>({
  schema: group(
    {
      default: oneOf(['sh', 'bash', 'zsh', 'pwsh', 'node'], {
        default: 'sh',
        description: 'What interprets `run` where a step has no `shell`.',
      }),
      denylist: Type.Array(Type.String({ pattern: '\\S' }), {
        default: [],
        description:
          'Commands that shell steps may not run, perhaps with their first arguments: `[shutdown, git push]`. A net, not a wall; see [shell](steps/shell.md#denied-commands).',
      }),
      sandbox: oneOf(['off', 'auto', 'required'], {
        default: 'off',
        description:
          'Steps without a `sandbox` of their own: run as they are, in a sandbox where there can be one, or only in a sandbox. See [shell](steps/shell.md#sandbox).',
      }),
    },
    'Steps of kind shell.',
  ),
  read: ({ get }) => ({
    default: get('shell.default'),
    denylist: get('shell.denylist'),
    sandbox: get('shell.sandbox'),
  }),
});
