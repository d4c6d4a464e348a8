/** The built-in step kinds. `npm run new:step <kind>` writes a kind; it enters keystone by its line here. */

import { artifact } from './artifact/index.ts';
import type { StepKind } from './define.ts';
import { emit } from './emit/index.ts';
import { engine } from './engine/index.ts';
import { file } from './file/index.ts';
import { git } from './git/index.ts';
import { human } from './human/index.ts';
import { join } from './join/index.ts';
import { llm } from './llm/index.ts';
import { memory } from './memory/index.ts';
import { request } from './request/index.ts';
import { rollback } from './rollback/index.ts';
import { script } from './script/index.ts';
import { shell } from './shell/index.ts';
import { sleep } from './sleep/index.ts';
import { wait } from './wait/index.ts';
import { workflow } from './workflow/index.ts';

const kinds = [
  shell,
  file,
  request,
  artifact,
  sleep,
  wait,
  emit,
  human,
  rollback,
  join,
  workflow,
  memory,
  engine,
  llm,
  script,
  git,
];

export const builtinCatalog: ReadonlyMap<string, StepKind> = new Map(kinds.map((kind) => [kind.kind, kind]));
