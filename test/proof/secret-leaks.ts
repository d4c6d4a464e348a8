/** Random secrets, the encodings in which they are printed, and the search for them in every byte. Knows nothing of how they are hidden. */
import fc from 'fast-check';

const TOKEN_CHARS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'];
const ODD_CHARS = [...`abcXYZ019 '"$\`\\&<>|;*?#%+/=~!(){}[]@,.:_-^öß€😀`];

const of = (chars: string[], minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...chars), { minLength, maxLength }).map((parts) => parts.join(''));

const token = of(TOKEN_CHARS, 10, 48);
const odd = fc
  .tuple(of(TOKEN_CHARS, 4, 8), of(ODD_CHARS, 6, 20), of(TOKEN_CHARS, 3, 6))
  .map((parts) => parts.join(''));
const key = fc
  .array(of([...TOKEN_CHARS, '+', '/'], 24, 64), { minLength: 2, maxLength: 6 })
  .map((lines) => `-----BEGIN RANDOM KEY-----\n${lines.join('\n')}\n-----END RANDOM KEY-----\n`);
const digits = of([...'123456789'], 10, 15);
const json = fc.tuple(token, odd).map(([user, password]) => JSON.stringify({ user, password }));

export const secretValue = fc.oneof(token, odd, key, digits, json, odd);

/** Ways to print the variable `S`, as shell commands and as code of Node. */
export const PRINTERS: Readonly<Record<string, string>> = {
  plain: 'printf "%s" "$S"',
  'in the midst': 'printf "a %s b\\n" "$S"',
  'in two pieces': `node -e 'const s = process.env.S; const h = s.length >> 1; process.stdout.write("x" + s.slice(0, h)); setTimeout(() => process.stdout.write(s.slice(h) + "y\\n"), 30)'`,
  base64: 'printf "%s" "$S" | base64 -w0',
  'base64 in lines': 'printf "%s" "$S" | base64',
  'base64 behind one byte': 'printf "u%s" "$S" | base64 -w0',
  'base64 behind two bytes': 'printf "u:%s!" "$S" | base64 -w0',
  base64url: `node -e 'process.stdout.write(Buffer.from("user:" + process.env.S + "\\n").toString("base64url"))'`,
  hex: `node -e 'process.stdout.write(Buffer.from(process.env.S).toString("hex"))'`,
  'upper-case hex': `node -e 'console.log(Buffer.from(process.env.S).toString("hex").toUpperCase())'`,
  url: `node -e 'console.log("https://h/?q=" + encodeURIComponent(process.env.S))'`,
  form: `node -e 'console.log(String(new URLSearchParams({ q: process.env.S })))'`,
  json: `node -e 'console.log(JSON.stringify({ s: process.env.S }))'`,
  'json in json': `node -e 'console.log(JSON.stringify(JSON.stringify([process.env.S])))'`,
  'shell words': `node -e 'console.log("x=" + String.fromCharCode(39) + process.env.S.split(String.fromCharCode(39)).join("\\u0027\\\\\\u0027\\u0027") + String.fromCharCode(39))'`,
  'line by line': 'printf "%s\\n" "$S" | sed "s/^/> /"',
  'to stderr': 'printf "%s" "$S" >&2',
  'far apart': 'head -c 70000 /dev/zero | tr "\\0" x; printf "%s" "$S"; head -c 70000 /dev/zero | tr "\\0" y',
};

/** Texts that must be nowhere. The encodings are made here once more, by other means than those that hide them. */
export function needlesOf(value: string): string[] {
  const texts = [value, value.trim(), ...value.split('\n').filter((line) => line.trim().length >= 6)];
  const bytes = Buffer.from(value.trim());
  const encoded = [
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    encodeURIComponent(value.trim()),
    String(new URLSearchParams({ q: value.trim() })).slice(2),
    JSON.stringify(value.trim()).slice(1, -1),
    value.trim().replaceAll("'", "'\\''"),
    ...[0, 1, 2].flatMap((offset) => {
      // Of the groups of four only those that hold nothing but the secret.
      const all = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
      const inner = all.slice(offset === 0 ? 0 : 4, Math.floor((offset + bytes.length) / 3) * 4);
      const first = inner.slice(0, 60);
      return [first, first.replaceAll('+', '-').replaceAll('/', '_')];
    }),
  ];
  // Half a secret is too much as well.
  const middle = value.length >> 1;
  const pieces =
    value.length < 24 || /^\{|\n/.test(value)
      ? []
      : [value.slice(0, 12), value.slice(middle - 6, middle + 6), value.slice(-12)];
  return [...new Set([...texts, ...encoded, ...pieces])].filter((needle) => needle.length >= 6);
}

/** Where which needle was found. */
export function leaksIn(
  name: string,
  content: Buffer | string,
  secrets: Readonly<Record<string, string>>,
): string[] {
  const bytes = Buffer.from(content);
  return Object.entries(secrets).flatMap(([secret, value]) =>
    needlesOf(value).flatMap((needle) => {
      const at = bytes.indexOf(needle);
      if (at === -1) return [];
      const around = bytes.subarray(Math.max(0, at - 60), at + needle.length + 20).toString('latin1');
      return [`${secret} in ${name} as ${JSON.stringify(needle.slice(0, 40))}: ${JSON.stringify(around)}`];
    }),
  );
}
