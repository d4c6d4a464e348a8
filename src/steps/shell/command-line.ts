/** From the fields of a shell step to the program that is started. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { StepFailure } from '../../kernel/failure.ts';
import type { Shell } from '../../services/process/quote-for-shell.ts';

export interface CommandLine {
  command: string;
  args: string[];
}

export interface CommandFields {
  run?: string;
  args?: readonly (string | number | boolean)[];
  shell?: Shell;
}

/** @throws {StepFailure} INVALID_FIELDS without exactly one of `run` and `args`; WRONG_INTERPRETER for a `#!` that would be ignored. */
export function commandLine(fields: CommandFields, defaultShell: Shell = 'sh'): CommandLine {
  const { run, args } = fields;
  if ((run === undefined) === (args === undefined)) {
    throw new StepFailure('INVALID_FIELDS', 'a shell step needs exactly one of "run" and "args"');
  }
  if (args !== undefined) {
    const [command = '', ...rest] = args.map(String);
    if (command === '')
      throw new StepFailure('INVALID_FIELDS', 'the first of "args" is the program to start; it is empty');
    return { command, args: rest };
  }
  const script = run ?? '';
  const shell = fields.shell ?? defaultShell;
  refuseOtherInterpreter(script, shell);
  return interpreter(shell, script);
}

/** POSIX puts it here; looked up along PATH it would cost every step a row of failing attempts before its first instruction. */
const POSIX_SHELL = existsSync('/bin/sh') ? '/bin/sh' : 'sh';

function interpreter(shell: Shell, script: string): CommandLine {
  switch (shell) {
    case 'sh':
      return { command: POSIX_SHELL, args: ['-c', script] };
    case 'bash':
    case 'zsh':
      return { command: shell, args: ['-c', script] };
    case 'pwsh':
      return { command: 'pwsh', args: ['-NoProfile', '-NonInteractive', '-Command', script] };
    case 'node':
      return { command: nodeProgram(), args: ['-e', script] };
    default:
      return shell satisfies never;
  }
}

/** The Node that runs keystone, unless keystone is a program of its own. */
function nodeProgram(): string {
  return /^node(\.exe)?$/.test(basename(process.execPath)) ? process.execPath : 'node';
}

/** With `-c` a first line `#!/usr/bin/env python3` is a mere comment; better said than run by the wrong shell. */
function refuseOtherInterpreter(script: string, shell: Shell): void {
  const match = /^#!\s*(\S+)(?:[ \t]+(?:-\S+[ \t]+)*(\S+))?/.exec(script);
  if (!match) return;
  const program = basename(match[1]!) === 'env' ? (match[2] ?? '') : basename(match[1]!);
  if (program === shell || (program === 'dash' && shell === 'sh')) return;
  const known = ['sh', 'bash', 'zsh', 'pwsh', 'node'].includes(program);
  throw new StepFailure(
    'WRONG_INTERPRETER',
    `the script begins with "${match[0].trim()}" but would be run by ${shell}; ${
      known
        ? `write "shell: ${program}"`
        : `remove that line, or start the program itself: args: [${program}, -c, …]`
    }`,
  );
}
