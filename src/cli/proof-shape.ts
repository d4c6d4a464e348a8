/** Shape of the proof that `validate --prove --json` prints of each file. */
import { type TSchema, Type } from '@sinclair/typebox';

const oneOf = (...values: string[]): TSchema => Type.Unsafe<string>({ type: 'string', enum: values });
const closed = { additionalProperties: false } as const;

const place = {
  line: Type.Integer({ minimum: 1 }),
  column: Type.Integer({ minimum: 1 }),
  endLine: Type.Integer({ minimum: 1 }),
  endColumn: Type.Integer({ minimum: 1 }),
};
const question = oneOf('joins', 'references', 'waits', 'steps', 'handlers', 'pools');
const ids = (description: string): TSchema => Type.Array(Type.String(), { description });

export const proofShape = Type.Object(
  {
    answers: Type.Array(
      Type.Object(
        {
          question,
          asked: Type.Integer(),
          proved: Type.Integer(),
          refuted: Type.Integer(),
          unknown: Type.Integer(),
        },
        closed,
      ),
    ),
    findings: Type.Array(
      Type.Object(
        {
          question,
          answer: oneOf('refuted', 'unknown'),
          severity: oneOf('error', 'warning', 'note'),
          code: Type.String(),
          message: Type.String(),
          hint: Type.Optional(Type.String()),
          path: Type.String(),
          step: Type.String({ description: 'Ledger path, or empty.' }),
          ...place,
          trace: Type.Optional(
            Type.Object(
              {
                given: ids('What holds at the start.'),
                events: Type.Array(
                  Type.Object(
                    { step: Type.String(), ends: Type.String(), why: Type.Optional(Type.String()) },
                    closed,
                  ),
                ),
                outcome: Type.String(),
              },
              { ...closed, description: 'A run that shows it.' },
            ),
          ),
          confirmed: Type.Optional(Type.Literal(true, { description: 'Followed on the statechart.' })),
        },
        closed,
      ),
    ),
    failurePoints: Type.Array(
      Type.Object(
        {
          step: Type.String(),
          ...place,
          undone: ids('Steps that are undone when it fails, last completed first.'),
          maybe: ids('Of those: only if they had begun by then.'),
          left: ids('Effects that nothing takes back.'),
        },
        closed,
      ),
    ),
    undoneBefore: Type.Array(ids('Two steps: the first is undone before the second.')),
    assumptions: ids('What was taken for granted.'),
  },
  { ...closed, description: 'With --prove, for files without errors.' },
);
