/** Shape of what `doctor --json` prints. */
import { Type } from '@sinclair/typebox';

export const doctorShape = Type.Array(
  Type.Object(
    {
      name: Type.String({ description: 'What was looked at.' }),
      status: Type.Union([Type.Literal('ok'), Type.Literal('warn'), Type.Literal('fail')]),
      message: Type.String(),
      hint: Type.Optional(Type.String({ description: 'What to do.' })),
    },
    { additionalProperties: false },
  ),
  { title: 'doctor', description: 'Printed by doctor --json.' },
);
