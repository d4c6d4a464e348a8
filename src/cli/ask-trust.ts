/** Asks a person at the terminal whether a workflow from elsewhere may do what it says. */
import type { Readable, Writable } from 'node:stream';
import type { TrustQuestion } from './app-api.ts';
import { oneLine } from './output/format.ts';
import type { Terminal } from './terminal.ts';

const SHOWN = 12;
const WIDTH = 100;

/** False for no, and for leaving the question. */
export async function askForTrust(
  terminal: Terminal,
  { workflow, files, permissions }: TrustQuestion,
): Promise<boolean> {
  const { confirm, isCancel } = await import('@clack/prompts');
  const mark = terminal.talkPaint;
  terminal.talk(
    `${mark.bold(workflow)} is from outside this project: ${files.map(({ file }) => file).join(', ')}`,
  );
  for (const { to, what } of permissions.slice(0, SHOWN))
    terminal.talk(`  may ${to} ${mark.bold(oneLine(what, WIDTH))}`);
  if (permissions.length > SHOWN)
    terminal.talk(`  and ${permissions.length - SHOWN} more: see keystone manifest`);
  const answer = await confirm({
    message: 'Trust this content from now on?',
    initialValue: false,
    input: terminal.streams.stdin as Readable,
    output: terminal.streams.stderr as unknown as Writable,
  });
  return !isCancel(answer) && answer;
}
