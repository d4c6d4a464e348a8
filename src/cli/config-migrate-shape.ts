/** Shape of what `config migrate --json` prints. */
import { Type } from '@sinclair/typebox';

const closed = { additionalProperties: false } as const;
const file = Type.Object({ path: Type.String(), before: Type.String(), after: Type.String() }, closed);

export const configMigrateShape = Type.Object(
  {
    moved: Type.Array(Type.String(), { description: 'Keys that move.' }),
    from: file,
    to: file,
    written: Type.Boolean({ description: 'False for --dry-run.' }),
  },
  { ...closed, title: 'config migrate', description: 'Printed by config migrate --json.' },
);
