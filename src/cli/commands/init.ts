/** `keystone init`: the folder, a first workflow, a configuration to fill in, and what git should ignore. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EXIT } from '../../kernel/exit-codes.ts';
import type { CommandSpec } from '../command.ts';
import { configTemplate, HELLO_WORKFLOW, IGNORED_PATHS } from '../init-files.ts';

export const initCommand: CommandSpec = {
  name: 'init',
  summary: 'make a project here: configuration, a first workflow, .gitignore lines',
  details: 'Files that exist already are left as they are.',
  examples: [['keystone init && keystone run hello', 'start']],
  async run({ terminal, cwd }) {
    const files: [path: string, content: string][] = [
      ['.keystone/config.yaml', configTemplate()],
      ['.keystone/workflows/hello.yaml', HELLO_WORKFLOW],
    ];
    for (const [path, content] of files) {
      const made = await writeNew(join(cwd, path), content);
      terminal.talk(made ? `${terminal.talkPaint.green('✔')} ${path}` : `– ${path} exists, left as it is`);
    }
    const added = await ignorePaths(join(cwd, '.gitignore'));
    terminal.talk(
      added ? `${terminal.talkPaint.green('✔')} .gitignore` : '– .gitignore has the lines already',
    );
    terminal.talk('next: keystone run hello');
    return EXIT.success;
  },
};

/** False when the file was there. */
async function writeNew(file: string, content: string): Promise<boolean> {
  if (existsSync(file)) return false;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content, { flag: 'wx' });
  return true;
}

/** Adds the lines that are missing; false when none was. */
async function ignorePaths(file: string): Promise<boolean> {
  const text = existsSync(file) ? await readFile(file, 'utf8') : '';
  const present = new Set(text.split('\n').map((line) => line.trim()));
  const missing = IGNORED_PATHS.filter(
    (path) => !present.has(path) && !present.has('.keystone/') && !present.has('.keystone'),
  );
  if (missing.length === 0) return false;
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  await writeFile(file, `${text}${gap}${missing.join('\n')}\n`);
  return true;
}
