/** Validates, compiles and draws one workflow file, from the start of the process. Arguments: folder, file. */
import { readFileSync } from 'node:fs';
import { compile, graphOf, open, validate } from '../../../dist/index.js';

const [folder, file] = process.argv.slice(2);
const project = await open({ cwd: folder });
const timings = {};
const start = performance.now();
const { files } = await validate(project, [file], { strict: false });
if (files.length !== 1) throw new Error('nothing was validated');
timings.validate = performance.now() - start;
const compiled = compile(readFileSync(`${folder}/${file}`, 'utf8'), { catalog: project.kinds });
if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics.slice(0, 3)));
timings.compile = performance.now() - start - timings.validate;
const graph = await graphOf(project, file, { format: 'mermaid', view: 'statechart' });
timings.graph = performance.now() - start - timings.validate - timings.compile;
if (!graph.includes('stateDiagram')) throw new Error('no diagram');
process.stdout.write(JSON.stringify({ ...timings, graphBytes: graph.length }));
