/** The fields of a request step. */
import { Type } from '@sinclair/typebox';

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export const BODY_TYPES = ['json', 'form', 'multipart', 'raw'] as const;

const scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]);
const scalars = Type.Union([scalar, Type.Array(scalar)]);
const status = Type.Union([Type.Integer(), Type.String()]);

export const requestSchema = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      description: 'Whole URL, of `http` or `https`, without user name and password.',
    }),
    method: Type.Optional(
      Type.Union(
        METHODS.map((method) => Type.Literal(method)),
        { description: 'Default: `POST` with a `body`, else `GET`.' },
      ),
    ),
    query: Type.Optional(
      Type.Record(Type.String(), scalars, {
        description:
          'Parameters, added to those of `url`. A list gives several of one name; null leaves one out.',
      }),
    ),
    headers: Type.Optional(
      Type.Record(Type.String({ minLength: 1 }), scalars, {
        description: 'Headers by name. A list gives several of one name; null leaves one out.',
      }),
    ),
    auth: Type.Optional(
      Type.Object(
        {
          bearer: Type.Optional(Type.String({ minLength: 1 })),
          basic: Type.Optional(
            Type.Object(
              { username: Type.String(), password: Type.String() },
              { additionalProperties: false },
            ),
          ),
        },
        {
          additionalProperties: false,
          description: '`{bearer: <token>}` or `{basic: {username, password}}`.',
        },
      ),
    ),
    body: Type.Optional(
      Type.Unknown({
        description: 'What is sent: text as it is, any other value as JSON, or as `bodyType` says.',
      }),
    ),
    bodyType: Type.Optional(
      Type.Union(
        BODY_TYPES.map((type) => Type.Literal(type)),
        {
          description:
            '`json`, `form`, `multipart` or `raw`; see [bodies](#bodies). Default: what the header `content-type` or the value of `body` tells.',
        },
      ),
    ),
    as: Type.Optional(
      Type.Union([Type.Literal('json'), Type.Literal('text'), Type.Literal('blob')], {
        description:
          'What the body of the response becomes; see [output](#output). Default: what its `content-type` tells.',
      }),
    ),
    acceptStatus: Type.Optional(
      Type.Union([status, Type.Array(status, { minItems: 1 })], {
        description: 'Statuses from 400 that are no failure: `404`, `4xx`, `400-409`, or a list of them.',
      }),
    ),
    followRedirects: Type.Optional(
      Type.Union([Type.Boolean(), Type.Integer({ minimum: 0, maximum: 50 })], {
        default: 10,
        description:
          'How many redirects are followed; `true` is 10, and with `false` or 0 the redirect is the response.',
      }),
    ),
    allowOutsideCwd: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Allows `body` to name files outside the folder the run was started for, also through symbolic links.',
      }),
    ),
    maxBytes: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          'The largest body that is read, in bytes, after decompression. Default: `request.maxMb` of the configuration, 50 MiB.',
      }),
    ),
    allowPrivateNetwork: Type.Optional(
      Type.Boolean({
        description:
          'Whether private, loopback and link-local addresses may be reached. Default: `request.allowPrivateNetwork` of the configuration, false.',
      }),
    ),
  },
  { additionalProperties: false },
);
