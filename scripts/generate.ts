/** `npm run generate`: writes everything that is made from code and committed. Tests demand that it is current. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workflowJsonSchema } from '../compiler/check/language/published-schema.ts';
import { cliGeneratedFiles } from '../src/cli/docs/index.ts';
import { builtinCatalog } from '../src/steps/catalog.ts';
import { renderMachinesDocs } from './generate-machines-docs.ts';
import { renderGraphs } from './readme-graph.ts';
import { renderStepsDocs } from './steps-docs.ts';
import { renderWorkflowPage } from './workflow-docs.ts';

/** Text of every generated file by its path in the repository at `root`. Pages with markers are read from there first. */
export function generatedFiles(root: string): Map<string, string> {
  const files = new Map(Object.entries(cliGeneratedFiles()));
  for (const { path, content } of renderStepsDocs(root)) files.set(path, content);
  for (const { path, content } of renderMachinesDocs()) files.set(path, content);
  files.set('README.md', renderGraphs(readFileSync(join(root, 'README.md'), 'utf8'), root));
  files.set('docs/workflow.md', renderWorkflowPage(readFileSync(join(root, 'docs/workflow.md'), 'utf8')));
  files.set(
    'schemas/workflow.schema.json',
    `${JSON.stringify(workflowJsonSchema(builtinCatalog), null, 2)}\n`,
  );
  return files;
}

/** Writes the files that are missing or out of date. @returns their paths. */
export function generate(root: string): string[] {
  const changed = [...generatedFiles(root)].filter(([path, content]) => {
    const file = join(root, path);
    return !existsSync(file) || readFileSync(file, 'utf8') !== content;
  });
  for (const [path, content] of changed) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return changed.map(([path]) => path);
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  const changed = generate(join(import.meta.dirname, '..'));
  console.error(changed.length === 0 ? 'everything is current' : changed.join('\n'));
}
