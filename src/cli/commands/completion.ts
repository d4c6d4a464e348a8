/** `keystone completion`: the script that teaches a shell to complete keystone's command line. */
import { EXIT } from '../../kernel/exit-codes.ts';
import { KeystoneError } from '../../kernel/failure.ts';
import { BASH_COMPLETION } from '../bash-completion.ts';
import type { CommandSpec } from '../command.ts';
import { nearest } from '../nearest.ts';

const SHELLS: Readonly<Record<string, string>> = {
  bash: 'bash',
  zsh: 'zsh',
  fish: 'fish',
  pwsh: 'powershell',
  powershell: 'powershell',
};

export const completionCommand: CommandSpec = {
  name: 'completion',
  summary: 'print the completion script of a shell',
  details: 'Completes commands, options, workflows, run ids and step ids.',
  arguments: [
    { name: 'shell', description: 'bash, zsh, fish or pwsh', complete: ['bash', 'zsh', 'fish', 'pwsh'] },
  ],
  examples: [
    ['source <(keystone completion bash)', 'bash and zsh: for this session, or in ~/.bashrc, ~/.zshrc'],
    ['keystone completion fish | source', 'fish'],
    ['keystone completion pwsh | Out-String | Invoke-Expression', 'PowerShell'],
  ],
  async run(context, { arguments: [shell = ''] }) {
    const known = SHELLS[shell];
    if (known === undefined) {
      const near = nearest(shell, Object.keys(SHELLS));
      const hint = near === undefined ? 'known shells: bash, zsh, fish, pwsh' : `did you mean ${near}?`;
      throw new KeystoneError('UNKNOWN_SHELL', `no completion for shell "${shell}"`, {
        exitCode: EXIT.usage,
        hint,
      });
    }
    if (known === 'bash') {
      context.terminal.result(BASH_COMPLETION);
      return EXIT.success;
    }
    const { script } = await import('@bomb.sh/tab');
    script(known, 'keystone', 'keystone');
    return EXIT.success;
  },
};
