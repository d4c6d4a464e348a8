/** What the schema cannot say of a script: that it can be read, and that what it uses is allowed. */
import type { Json } from '../../kernel/json.ts';
import { checkSyntax } from '../../services/sandbox/check-syntax.ts';
import { readsOf } from './reads.ts';

type Problem = { field: string; message: string; offset?: number } | undefined;

const MUST_BE_PLAIN = ['allow', 'allowInsecure', 'allowPrivateNetwork'];

export function checkScript(written: Readonly<Record<string, Json>>, computed: ReadonlySet<string>): Problem {
  const hidden = MUST_BE_PLAIN.find((field) => computed.has(field));
  if (hidden !== undefined)
    return {
      field: hidden,
      message: `"${hidden}" must be written out, so that readers see what the script may do`,
    };
  return checkCode(written) ?? checkGrants(written);
}

function checkCode({ run, allow }: Readonly<Record<string, Json>>): Problem {
  if (typeof run !== 'string') return undefined;
  const problem = checkSyntax(run);
  if (problem !== undefined)
    return { field: 'run', message: `this is no JavaScript: ${problem.message}`, offset: problem.offset };
  const secret = readsOf(run).find(({ root, maybe }) => root === 'secrets' && maybe !== true);
  if (secret === undefined || grants(allow).includes('secrets')) return undefined;
  return {
    field: 'run',
    message: 'the script reads "secrets", which it is not allowed; write "allow: [secrets]"',
    offset: secret.start,
  };
}

function checkGrants({ allow, allowInsecure, allowPrivateNetwork }: Readonly<Record<string, Json>>): Problem {
  const functions = grants(allow).filter((grant) => grant !== 'secrets');
  if (allowInsecure === true && functions.length > 0) {
    return {
      field: 'allow',
      message: `with "allowInsecure" a script is in Node, which has its own ways to ${functions.join(' and ')}; leave it out of "allow"`,
    };
  }
  if (allowPrivateNetwork === true && !functions.includes('fetch'))
    return { field: 'allowPrivateNetwork', message: 'has no effect without "allow: [fetch]"' };
  return undefined;
}

const grants = (allow: unknown): unknown[] => (Array.isArray(allow) ? allow : []);
