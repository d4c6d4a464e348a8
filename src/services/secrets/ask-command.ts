/** Asks an outside program for secrets: the keeper of a team's vault, a password manager. Once, for all names together. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EXIT } from '../../kernel/exit-codes.ts';
import { KeystoneError } from '../../kernel/failure.ts';
import { EnvFileError, parseEnvFile } from './env-file.ts';

export interface CommandRequest {
  /** A program with its arguments, or a script of `sh`. */
  command: string | readonly string[];
  /** Given as arguments and, in JSON, on standard input. */
  names: readonly string[];
  /** Name of the workflow that wants them. */
  workflow: string;
  cwd: string;
  environment: Readonly<Record<string, string>>;
  timeoutMs: number;
  /** What it says on stderr, while nobody knows yet which part of it is secret. */
  onStderr(text: string): void;
}

/** More than any secret needs, so that a command gone wild is ended. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Values of the names it knows; others are absent. The protocol is on docs/secrets.md.
 * @throws {KeystoneError} SECRETS_COMMAND when it cannot be started, fails, takes too long or answers something else.
 */
export async function askCommand(request: CommandRequest): Promise<Map<string, string>> {
  const stdout = await outputOf(request);
  const values = readAnswer(stdout);
  return new Map([...values].filter(([name, value]) => request.names.includes(name) && value !== ''));
}

function outputOf(request: CommandRequest): Promise<string> {
  const { command, names, workflow, cwd, environment, timeoutMs } = request;
  const [program = '', ...args] =
    typeof command === 'string' ? ['/bin/sh', '-c', command, 'secrets.command'] : command;
  const child = spawn(program, [...args, ...names], {
    cwd,
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdin.on('error', () => {}); // it need not read
  child.stdin.end(`${JSON.stringify({ names, workflow })}\n`);
  child.stderr.setEncoding('utf8').on('data', (text: string) => request.onStderr(text));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let problem: string | undefined;
    const end = (why: string): void => {
      problem ??= why;
      endGroup(child);
    };
    const timer = setTimeout(() => end(`took longer than ${timeoutMs} ms (secrets.timeout)`), timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) end(`printed more than ${MOST_BYTES} bytes`);
      else chunks.push(chunk);
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(refusal(`cannot be started: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (problem === undefined && code !== 0)
        problem = code === null ? `was ended by ${signal}` : `ended with exit code ${code}`;
      if (problem === undefined) resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(refusal(problem));
    });
  });
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** One JSON object, or lines as in a `.env` file. What does not fit is never quoted. */
function readAnswer(stdout: string): Map<string, string> {
  if (!stdout.trimStart().startsWith('{')) {
    try {
      return parseEnvFile(stdout);
    } catch (error) {
      if (error instanceof EnvFileError) throw refusal(`printed lines that cannot be read: ${error.message}`);
      throw error;
    }
  }
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch {
    throw refusal('printed something that begins like JSON and is none');
  }
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(answer as object)) {
    if (value === null || value === undefined) continue;
    if (typeof value === 'object')
      throw refusal(`gave ${name} as JSON that is no text; print it as text: JSON in a string`);
    values.set(name, String(value));
  }
  return values;
}

const refusal = (why: string): KeystoneError =>
  new KeystoneError('SECRETS_COMMAND', `secrets.command ${why}`, {
    exitCode: EXIT.usage,
    hint: 'nothing was run; what the command has to print is on the page about secrets',
  });
