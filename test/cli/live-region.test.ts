/** The live display, drawn by ink into a terminal that is only a buffer. */
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { openLiveRegion } from '../../src/cli/output/live-region.tsx';
import { RunModel } from '../../src/cli/output/run-model.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { Captured } from './fake-app.ts';

class Screen extends Writable {
  readonly isTTY = true;
  readonly columns = 60;
  readonly rows = 12;
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

function open(active: number) {
  const screen = new Screen();
  const terminal = new Terminal(
    { stdin: process.stdin, stdout: new Captured(), stderr: screen },
    { color: 'never', quiet: false },
  );
  const model = new RunModel();
  for (let index = 0; index < active; index += 1) {
    model.apply({ ts: Date.now(), seq: index, runId: 'r', type: 'step.started', path: `step${index}` });
  }
  return { screen, region: openLiveRegion(model, terminal, 1000), model };
}

/** The text that stays on the screen: erased lines are taken away as a terminal would. */
function visible(text: string): string[] {
  let lines: string[] = [''];
  for (const [, erase, plain] of text.matchAll(
    /((?:\u001b\[2K(?:\u001b\[1A)?)+\u001b\[G)|\u001b\[[0-9;?]*[a-zA-Z]|([^\u001b]+)/g,
  )) {
    if (erase !== undefined) {
      lines = lines.slice(0, lines.length - (erase.split('\u001b[1A').length - 1));
      lines[lines.length - 1] = '';
    }
    const [first = '', ...more] = (plain ?? '').split('\n');
    lines[lines.length - 1] += first;
    lines.push(...more);
  }
  return lines.filter((line) => line.trim() !== '');
}

describe('the live region', () => {
  test('shows active steps while it is open', async () => {
    const { screen, region } = open(2);
    expect(visible(screen.text)).toEqual([
      expect.stringMatching(/^⠋ step0 {2}\d+ms$/),
      expect.stringMatching(/^⠋ step1/),
      expect.stringContaining('Ctrl+C cancels'),
    ]);
    await region.close();
  });

  test('leaves nothing but the permanent lines, each once and in order', async () => {
    const { screen, region } = open(3);
    region.print('✔ one');
    region.print('✔ two');
    await region.close();
    expect(visible(screen.text)).toEqual(['✔ one', '✔ two']);
  });

  test('is never higher than the terminal, however many steps are active', async () => {
    const { screen, region } = open(500);
    const lines = visible(screen.text);
    expect(lines.length).toBeLessThan(screen.rows);
    expect(lines.at(-2)).toMatch(/^… and \d+ more$/);
    await region.close();
    expect(visible(screen.text)).toEqual([]);
  });

  test('closes at once although nothing was ever printed', async () => {
    const { screen, region } = open(0);
    await region.close();
    expect(visible(screen.text)).toEqual([]);
  });
});
