/**
 * Pages that show a session: their commands are run in order in one project, and what they show must be in the output.
 * A `yaml` block that begins with `# name.yaml` is written to that file; a line of a `sh` block may end in `# exits 2`;
 * a `text` block shows lines of what the block before it printed, with times and run ids as they came once.
 */
import { cpSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { ensureBuilt } from '../cli/build.ts';
import { TestProject } from '../cli/spawn.ts';

const PAGES = ['README.md', 'docs/tutorial.md'];

const projects: TestProject[] = [];
beforeAll(ensureBuilt, 120_000);
afterEach(() => {
  for (const project of projects.splice(0)) project.remove();
});

interface Block {
  language: string;
  text: string;
}

const blocksOf = (page: string): Block[] =>
  [...readFileSync(page, 'utf8').matchAll(/^```(\w+)([^\n]*)\n([\s\S]*?)^```/gm)].flatMap(
    ([, language = '', note = '', text = '']) => (note.includes('not run') ? [] : [{ language, text }]),
  );

/** A line without what differs from run to run. A run id is known by the word before it: one in forty is letters only. */
const normal = (line: string): string =>
  line
    .replaceAll(/\brun [0-9a-hjkmnp-tv-z]{10}\b/g, 'run RUN')
    .replace(/^\d\d:\d\d:\d\d /, '')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'DATE')
    .replaceAll(/\b\d+(\.\d+)? ?(ms|s)\b/g, 'TIME')
    .replaceAll(/\b[0-9a-f]{64}\b/g, 'SHA256')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** The arguments of `keystone …` in a line, as a shell would see them; undefined for lines about something else. */
function commandOf(line: string): { args: string[]; exit: number } | undefined {
  const exit = Number(/# exits (\d+)/.exec(line)?.[1] ?? 0);
  const command = /(?:^|&& )(?:npx )?keystone (.*)$/.exec(line.replace(/\s+#.*$/, ''));
  if (command === null) return undefined;
  const words = command[1]?.match(/'[^']*'|\S+/g) ?? [];
  return { args: words.map((word) => word.replaceAll("'", '')), exit };
}

test.each(['3wmage4a12', 'abcdefghjk', '0123456789', '12345678ms', '1234567890'])(
  'the run id %s is told by its place, whatever it looks like',
  (id) => {
    expect(normal(`10:46:12 ▶ unplugged  run ${id} goes on`)).toBe('▶ unplugged run RUN goes on');
    expect(normal(`✔ hello succeeded in 93ms  3 steps  run ${id}`)).toBe(
      '✔ hello succeeded in TIME 3 steps run RUN',
    );
  },
);

test.each(PAGES)(
  '%s: its commands do what it shows',
  async (page) => {
    const project = new TestProject();
    projects.push(project);
    cpSync(resolve('examples'), join(project.folder, 'examples'), { recursive: true });
    let printed = '';
    let commands = 0;
    for (const { language, text } of blocksOf(page)) {
      const file = /^# (\S+\.yaml)\n/.exec(text)?.[1];
      if (language === 'yaml' && file !== undefined) project.write(file, text);
      if (language === 'text') {
        const lines = printed.split('\n').map(normal);
        const shown = text.split('\n').map(normal);
        expect(shown.filter((line) => line !== '' && line !== '…' && !lines.includes(line))).toEqual([]);
      }
      if (language !== 'sh') continue;
      printed = '';
      for (const command of text.split('\n').map(commandOf)) {
        if (command === undefined) continue;
        const { exitCode, stdout, stderr } = await project.keystone(command.args);
        // A process that was killed has no exit code; a shell would say 128 + 9.
        const exit = exitCode === -1 ? 137 : exitCode;
        expect(exit, `keystone ${command.args.join(' ')}\n${stdout}\n${stderr}`).toBe(command.exit);
        printed += `${stdout}\n${stderr}\n`;
        commands++;
      }
    }
    expect(commands).toBeGreaterThan(2);
  },
  60_000,
);
