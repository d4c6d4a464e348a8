/** The built-in step kinds. `npm run new:step <kind>` writes a kind; it enters keystone by its line here. */
import type { StepKind } from './define.ts';
import { file } from './file/index.ts';
import { join } from './join/index.ts';
import { shell } from './shell/index.ts';
import { sleep } from './sleep/index.ts';
import { workflow } from './workflow/index.ts';

const kinds = [shell, file, sleep, join, workflow];

export const builtinCatalog: ReadonlyMap<string, StepKind> = new Map(kinds.map((kind) => [kind.kind, kind]));
