/** Data as text and back: JSON, YAML, base64, URLs, digests. */
import { createHash } from 'node:crypto';
import { parse as parseYaml, stringify as stringifyYaml, YAMLParseError } from 'yaml';
import type { Json } from '../../json.ts';
import { Refusal } from '../expression-error.ts';
import { checkTextLength, jsonOf } from '../text.ts';
import { toJson } from '../to-json.ts';
import { defineTransform, type Transform, takeInteger, takeText } from './define.ts';

export const codecTransforms: readonly Transform[] = [
  defineTransform({
    signature: 'json(value, [indent])',
    summary: 'As JSON, on one line or with `indent` spaces per level.',
    examples: [
      [`{a: [1, 'x']}|json`, '{"a":[1,"x"]}'],
      ['[1]|json(2)', '[\n  1\n]'],
    ],
    apply: ([value, indent]) => jsonOf(value, Math.max(0, takeInteger(indent ?? 0, 'the indent'))),
  }),
  defineTransform({
    signature: 'fromJson(text)',
    summary: 'The value that the JSON text describes.',
    examples: [[`'{"a": 1}'|fromJson`, { a: 1 }]],
    apply: ([text]) => fromJson(takeText(text)),
  }),
  defineTransform({
    signature: 'yaml(value)',
    summary: 'As YAML.',
    examples: [['{a: [1]}|yaml', 'a:\n  - 1\n']],
    apply: ([value], call) => {
      const json = jsonOf(value);
      call.spend(json.length);
      return stringifyYaml(JSON.parse(json), { aliasDuplicateObjects: false });
    },
  }),
  defineTransform({
    signature: 'fromYaml(text)',
    summary: 'The value that the YAML text describes (YAML 1.2, one document).',
    examples: [[String.raw`'a: 1\nb: [x]'|fromYaml`, { a: 1, b: ['x'] }]],
    apply: ([text], call) => {
      const source = takeText(text);
      call.spend(source.length * 10);
      return fromYaml(source);
    },
  }),
  defineTransform({
    signature: 'base64(text)',
    summary: 'The UTF-8 bytes of the text in base64.',
    examples: [[`'key'|base64`, 'a2V5']],
    apply: ([text]) => Buffer.from(takeText(text), 'utf8').toString('base64'),
  }),
  defineTransform({
    signature: 'fromBase64(text)',
    summary: 'The text whose UTF-8 bytes the base64 (also the URL kind) stands for.',
    examples: [[`'a2V5'|fromBase64`, 'key']],
    apply: ([text]) => fromBase64(takeText(text)),
  }),
  defineTransform({
    signature: 'urlEncode(text)',
    summary: 'For use as one part of a URL.',
    examples: [[`'a b&c'|urlEncode`, 'a%20b%26c']],
    apply: ([text]) => {
      const plain = takeText(text);
      checkTextLength(plain.length * 3);
      return encodeURIComponent(plain.replace(LONE_SURROGATE, '\ufffd'));
    },
  }),
  defineTransform({
    signature: 'hash(value, [algorithm])',
    summary:
      'Digest in hex of the text, or of the JSON of anything else (keys in any order): `sha256`, `sha512`, `sha1` or `md5`.',
    examples: [[`'abc'|hash`, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad']],
    apply: ([value, algorithm]) => hash(value, takeText(algorithm ?? 'sha256', 'the algorithm')),
  }),
];

/** Half a character, which no URL can hold. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(
      'EXPRESSION_VALUE',
      'the text is not JSON',
      text.trim() === '' ? 'it is empty' : undefined,
    );
  }
}

function fromYaml(text: string): unknown {
  try {
    return toJson(parseYaml(text, { maxAliasCount: 100, logLevel: 'error' }));
  } catch (error) {
    if (error instanceof YAMLParseError) {
      const line = error.linePos?.[0].line;
      throw new Refusal(
        'EXPRESSION_VALUE',
        `the text is not YAML${line === undefined ? '' : ` (line ${line})`}`,
      );
    }
    if (error instanceof Refusal) throw error;
    throw new Refusal('EXPRESSION_VALUE', 'the text is not YAML that can be read');
  }
}

function fromBase64(text: string): string {
  const compact = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(compact))
    throw new Refusal('EXPRESSION_VALUE', 'the text is not base64');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(compact, 'base64'));
  } catch {
    throw new Refusal('EXPRESSION_VALUE', 'the base64 stands for bytes that are not UTF-8 text');
  }
}

const ALGORITHMS: ReadonlySet<string> = new Set(['sha256', 'sha512', 'sha1', 'md5']);

function hash(value: unknown, algorithm: string): string {
  if (!ALGORITHMS.has(algorithm)) {
    throw new Refusal(
      'EXPRESSION_VALUE',
      'there is no such algorithm',
      `one of ${[...ALGORITHMS].join(', ')}`,
    );
  }
  return createHash(algorithm)
    .update(typeof value === 'string' ? value : canonicalJson(value), 'utf8')
    .digest('hex');
}

/** JSON with the keys of every object sorted, so that equal values have equal digests. */
function canonicalJson(value: unknown): string {
  const json: Json = JSON.parse(jsonOf(value));
  return JSON.stringify(json, (_key, item: Json) =>
    item === null || typeof item !== 'object' || Array.isArray(item)
      ? item
      : Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
}
