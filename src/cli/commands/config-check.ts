/** `keystone config check`: all problems of all configuration files and variables. */
import { CONFIG_KEYS, examineConfig } from '../../config/index.ts';
import { EXIT } from '../../kernel/exit-codes.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import { configFlags } from '../context.ts';
import { nearest } from '../nearest.ts';
import { displayPath } from '../output/display-path.ts';
import { renderDiagnostics } from '../output/render-diagnostics.ts';
import { withPositions } from '../output/with-positions.ts';

export const configCheckCommand: CommandSpec = {
  name: 'config check',
  summary: 'find all problems of the configuration',
  options: [JSON_OPTION],
  examples: [
    ['keystone config check', 'check the files of the user and the project, and KEYSTONE_* variables'],
  ],
  async run(context, { options }) {
    const { terminal, cwd } = context;
    const examined = examineConfig({ cwd, ...configFlags(options) });
    if (options.flag('json')) {
      const checked = examined.files.filter(({ found }) => found).map(({ path }) => path);
      const clean = checked.map((file) => ({ file, source: '', diagnostics: [] }));
      const files = clean.map(
        (file) => examined.problems.find((problem) => problem.file === file.file) ?? file,
      );
      terminal.json({ files: await Promise.all(files.map(withPositions)) });
      return examined.problems.length > 0 ? EXIT.usage : EXIT.success;
    }
    const text = await renderDiagnostics(examined.problems, { paint: terminal.paint, cwd });
    if (text !== '') terminal.result(text);
    const mark = terminal.talkPaint;
    for (const { path, found } of examined.files) {
      if (!found) terminal.talk(mark.dim(`– ${displayPath(path, cwd)} (none)`));
      else if (!examined.problems.some(({ file }) => file === path))
        terminal.talk(`${mark.green('✔')} ${displayPath(path, cwd)}`);
    }
    for (const name of suspiciousVariables(examined.config.environment))
      terminal.talk(`${mark.yellow('!')} ${name}`);
    return examined.problems.length > 0 ? EXIT.usage : EXIT.success;
  },
};

/** KEYSTONE_ variables that set nothing but look as if they should. */
function suspiciousVariables(environment: Readonly<Record<string, string>>): string[] {
  const known = CONFIG_KEYS.map(({ variable }) => variable);
  return Object.keys(environment)
    .filter((name) => name.startsWith('KEYSTONE_') && !known.includes(name))
    .flatMap((name) => {
      const near = nearest(name, known);
      return near === undefined ? [] : [`variable ${name} is not read; did you mean ${near}?`];
    });
}
