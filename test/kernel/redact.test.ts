/** Secrets stay out of what is shown and stored, and come back when stored values are read. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/kernel/json.ts';
import { Redactor } from '../../src/kernel/redact.ts';
import { cpuMs } from '../cpu-time.ts';

const TOKEN = 'gh_p4t-S3cr3t/tok+en=';

describe('text', () => {
  const redactor = new Redactor([['token', TOKEN]]);

  it('hides a secret wherever it stands, and only the secret', () => {
    expect(redactor.text(`a ${TOKEN} b${TOKEN}`)).toBe('a *** b***');
    expect(redactor.text('nothing here')).toBe('nothing here');
  });

  it('hides its base64 at every offset inside a longer text', () => {
    for (const before of ['', 'u', 'us', 'user:', 'Bearer ']) {
      for (const after of ['', '\n', 'x', 'xy']) {
        for (const encoding of ['base64', 'base64url'] as const) {
          const encoded = Buffer.from(before + TOKEN + after).toString(encoding);
          const shown = redactor.text(encoded);
          expect(shown).toContain('***');
          // At most the characters that mix with neighbours are left of it.
          expect(shown.replace('***', '').length).toBeLessThan(encoded.length - (TOKEN.length * 4) / 3 + 6);
        }
      }
    }
  });

  it.each([
    ['URL-encoded', encodeURIComponent(TOKEN)],
    ['URL-encoded in lower case', 'gh_p4t-S3cr3t%2ftok%2ben%3d'],
    ['hex', Buffer.from(TOKEN).toString('hex')],
    ['upper-case hex', Buffer.from(TOKEN).toString('hex').toUpperCase()],
  ])('hides it %s', (_name, encoded) => {
    expect(redactor.text(`<${encoded}>`)).toBe('<***>');
  });

  it('hides what escaping makes of quotes, line breaks and foreign letters', () => {
    const value = `pa"ss'w<ö>rd\\&x`;
    const odd = new Redactor([['odd', value]]);
    for (const escaped of [
      JSON.stringify(value).slice(1, -1),
      'pa\\"ss\'w<\\u00f6>rd\\\\&x',
      value.replaceAll("'", "'\\''"),
      "pa&quot;ss'w&lt;ö&gt;rd\\&amp;x",
      'pa&quot;ss&#39;w&lt;ö&gt;rd\\&amp;x',
      'pa\\"ss\'w\\u003cö\\u003erd\\\\\\u0026x',
      JSON.stringify(JSON.stringify(value).slice(1, -1)).slice(1, -1),
      'pa\\"ss\'w<ö>rd\\\\&x',
      'pa"ss\\\'w<ö>rd\\\\&x',
      'pa\\"ss\\\'w\\<ö\\>rd\\\\\\&x',
      Buffer.from(value)
        .toString('hex')
        .replaceAll(/..(?!$)/g, '$& '),
      Buffer.from(value)
        .toString('hex')
        .toUpperCase()
        .replaceAll(/..(?!$)/g, '$&:'),
      'pa%22ss%27w%3C%C3%B6%3Erd%5C%26x',
    ]) {
      expect(odd.text(`[${escaped}]`)).toBe('[***]');
    }
  });

  it('hides each line of a secret of several lines, and its wrapped base64', () => {
    const key = `-----BEGIN KEY-----\n${'MIIEabc123'.repeat(6)}\n${'Zyx987+/aa'.repeat(6)}\nab\n-----END KEY-----\n`;
    const lines = new Redactor([['key', key]]);
    expect(lines.text(`x ${'Zyx987+/aa'.repeat(6)} y`)).toBe('x *** y');
    expect(lines.text(key)).toBe('***');
    const base64 = Buffer.from(key).toString('base64');
    const wrapped = base64.replaceAll(/.{76}/g, '$&\n');
    expect(lines.text(wrapped).replaceAll(/\*\*\*|\s/g, '').length).toBeLessThan(6);
  });

  it('hides each line of a secret of several lines in the escapes of a quotation', () => {
    const lines = new Redactor([['key', 'first "line"\nsecond & last']]);
    expect(lines.text('[first \\"line\\"] [second &amp; last]')).toBe('[***] [***]');
  });

  it('hides what echo makes of backslashes in it', () => {
    const odd = new Redactor([['odd', 'pass\\bword\\0101\\\\x']]);
    expect(odd.text('[pass\bwordA\\x] [pass\\bword\\0101\\\\x]')).toBe('[***] [***]');
    const quoted = new Redactor([['odd', 'pass"word\\x']]);
    expect(quoted.text('{"a":"pass\\"word\\x"} {"a":"pass\\"word\\\\x"}')).toBe('{"a":"***"} {"a":"***"}');
    expect(new Redactor([['odd', 'password\\cut']]).text('[password]')).toBe('[***]');
  });

  it.each([
    ['a beginning', `gave "${TOKEN.slice(0, 12)}…"`, 'gave "***…"'],
    ['a beginning, the mark outside the quotes', `gave "${TOKEN.slice(0, 9)}"...`, 'gave "***"...'],
    ['an end', `…${TOKEN.slice(5)} at`, '…*** at'],
    ['an end, in quotes', `..."${TOKEN.slice(-6)}" is`, '..."***" is'],
    ['a beginning of another form', `${encodeURIComponent(TOKEN).slice(0, 20)}…`, '***…'],
    ['its midst', `Unexpected token, ..."${TOKEN.slice(4, 14)}"... is`, 'Unexpected token, ..."***"... is'],
    ['no part of it', 'nothing… ...at all', 'nothing… ...at all'],
    ['too little to matter', `${TOKEN.slice(0, 3)}…`, `${TOKEN.slice(0, 3)}…`],
  ])('hides %s of a secret that a message cuts', (_what, text, shown) => {
    expect(redactor.text(text)).toBe(shown);
    expect(redactor.unseal(redactor.seal(text))).toBe(text);
    if (shown !== text) expect(redactor.seal(text)).toContain('⟦secret:token');
  });

  it('finds what it has learned since, also in streams that were open', () => {
    const growing = new Redactor();
    const stream = growing.stream();
    expect(growing.active).toBe(false);
    expect(Buffer.from(stream.push(Buffer.from('late-secret '))).toString()).toBe('late-secret ');
    growing.learn([['late', 'late-secret']]);
    growing.learn([['late', 'another value of the same name']]);
    expect(growing.text('late-secret')).toBe('***');
    expect(growing.secrets).toEqual([['late', 'late-secret']]);
    const shown = [stream.push(Buffer.from('a late-sec')), stream.push(Buffer.from('ret b')), stream.flush()];
    expect(Buffer.concat(shown).toString()).toBe('a *** b');
  });

  it('takes time in proportion to the text, however many forms there are to find', () => {
    const key = Array.from({ length: 40 }, (_, line) => `${line} ${'Zyx987+/aa'.repeat(6)}`).join('\n');
    const many = new Redactor([
      ['key', key],
      ['token', TOKEN],
    ]);
    const text = `${'a line of output ö\n'.repeat(50_000)}${TOKEN}\n${'Zyx987+/aa'.repeat(6)}`;
    const spent = cpuMs(() => expect(many.text(text)).toContain('\n***\nZyx987+/aa'));
    expect(spent).toBeLessThan(1000);
  });

  it('shares one mask between secrets that overlap', () => {
    const overlapping = new Redactor([
      ['a', 'abcdef'],
      ['b', 'defghi'],
    ]);
    expect(overlapping.text('-abcdefghi-')).toBe('-***-');
    expect(overlapping.text('-abcdefdefghi-')).toBe('-******-');
  });

  it('does not protect values that are in every text, and names them', () => {
    const weak = new Redactor([
      ['flag', 'true'],
      ['pin', '12'],
      ['none', ''],
      ['ok', 'abc'],
    ]);
    expect(weak.unprotected).toEqual(['flag', 'pin']);
    expect(weak.text('true 12 abc')).toBe('true 12 ***');
  });
});

describe('values', () => {
  const redactor = new Redactor([['db', { user: 'root-user', password: 's3cretpw', port: 54321 }]]);

  it('hides secrets of a structured secret in texts, keys and numbers', () => {
    const value = { 's3cretpw!': ['root-user', 54321, 5432], n: null };
    expect(redactor.json(value)).toEqual({ '***!': ['***', '***', 5432], n: null });
  });

  it('hides the parts of a secret that is JSON, and puts them back', () => {
    const text = '{"user": "some-user", "keys": ["first-key", 12345678], "region": "eu", "on": true}';
    const parsed = new Redactor([['aws', text]]);
    expect(parsed.text('some-user first-key 12345678 eu')).toBe('*** *** *** eu');
    expect(parsed.seal({ a: text, b: ['first-key', 12345678] })).toEqual({
      a: '⟦secret:aws⟧',
      b: ['⟦secret:aws.keys.0⟧', '⟦secret:aws.keys.1:number⟧'],
    });
    expect(parsed.unseal(parsed.seal(JSON.parse(text)))).toEqual(JSON.parse(text));
    expect(parsed.secrets).toEqual([['aws', text]]);
    expect(parsed.unprotected).toEqual([]);
    expect(new Redactor([['no', '{ not json']]).text('{ not json')).toBe('***');
  });

  it('hands back the very same object when there is nothing to hide', () => {
    const value = { a: [1, 'x', { b: null }] };
    expect(redactor.json(value)).toBe(value);
    expect(redactor.seal(value)).toBe(value);
    expect(new Redactor().json(value)).toBe(value);
  });

  it('stores names instead of values, and reads them back', () => {
    const value = { url: 'https://root-user:s3cretpw@host', port: 54321 };
    const sealed = redactor.seal(value);
    expect(sealed).toEqual({
      url: 'https://⟦secret:db.user⟧:⟦secret:db.password⟧@host',
      port: '⟦secret:db.port:number⟧',
    });
    expect(redactor.unseal(sealed)).toEqual(value);
  });

  it('leaves placeholders of unknown secrets, and names them', () => {
    const sealed = redactor.seal({ a: 's3cretpw' });
    const other = new Redactor([['else', 'something']]);
    expect(other.unseal(sealed)).toEqual(sealed);
    expect(other.missing(sealed)).toEqual(['db.password']);
    expect(redactor.missing(sealed)).toEqual([]);
  });

  it('never takes an author’s text for a placeholder', () => {
    const text = 'write ⟦secret:db.password⟧ or ⟦secret:⟧';
    expect(redactor.unseal(redactor.seal(text))).toBe(text);
    expect(new Redactor().unseal(new Redactor().seal(text))).toBe(text);
    expect(redactor.seal(text)).not.toBe(text);
  });
});

/** Texts made of pieces of secrets, placeholders and noise, so that matches, overlaps and near misses are common. */
const secretValues = fc.uniqueArray(fc.stringMatching(/^[ab⟦:é']{3,9}$/), { minLength: 1, maxLength: 3 });
const pieces = (secrets: string[]) =>
  fc
    .array(
      fc.oneof(
        fc.constantFrom(...secrets, ...secrets.map((s) => s.slice(1)), ...secrets.map((s) => s.slice(0, -1))),
        fc.constantFrom(
          ...secrets.map((s) => Buffer.from(s).toString('base64')),
          ...secrets.map((s) => encodeURIComponent(s)),
        ),
        fc.constantFrom('⟦secret:', '⟦secret:s0⟧', '⟧', '@1⟧', ':', '⟦secret:s0@2⟧'),
        fc.string({ maxLength: 4 }),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join(''));
const secretsAndText = secretValues.chain((secrets) => fc.tuple(fc.constant(secrets), pieces(secrets)));
const redactorOf = (secrets: string[]) => new Redactor(secrets.map((value, index) => [`s${index}`, value]));

describe('properties', () => {
  it('unseal undoes seal for any value', () => {
    fc.assert(
      fc.property(secretsAndText, fc.jsonValue(), ([secrets, text], json) => {
        const redactor = redactorOf(secrets);
        const value: Json = { text, [text]: [text, JSON.parse(JSON.stringify(json))] };
        expect(redactor.unseal(redactor.seal(value))).toEqual(value);
      }),
      { numRuns: 1500 },
    );
  });

  it('nothing sealed or shown holds a secret', () => {
    fc.assert(
      fc.property(secretsAndText, ([secrets, text]) => {
        // Secrets that are part of the notation itself would be found in it.
        fc.pre(secrets.every((secret) => !'⟦secret:⟧***'.includes(secret)));
        const redactor = redactorOf(secrets);
        const sealed = String(redactor.seal(text)).replaceAll(/⟦secret:[^⟧]*⟧/g, '\0');
        const shown = redactor.text(text).replaceAll('***', '\0');
        for (const secret of secrets) {
          expect(sealed).not.toContain(secret);
          expect(shown).not.toContain(secret);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('a stream shows the same however it is cut into chunks', () => {
    fc.assert(
      fc.property(
        secretsAndText,
        fc.infiniteStream(fc.integer({ min: 0, max: 5 })),
        ([secrets, text], sizes) => {
          const redactor = redactorOf(secrets);
          const stream = redactor.stream();
          const data = Buffer.from(text);
          const shown: Uint8Array[] = [];
          for (let at = 0; at < data.length; ) {
            const size = sizes.next().value;
            shown.push(Uint8Array.from(stream.push(data.subarray(at, at + size))));
            at += size;
          }
          shown.push(stream.flush());
          expect(Buffer.concat(shown).toString()).toBe(redactor.text(data.toString()));
        },
      ),
      { numRuns: 1500 },
    );
  });
});

describe('streams', () => {
  it('hold back only what may be the start of a secret', () => {
    const stream = new Redactor([['token', 'abcdefgh']]).stream();
    expect(Buffer.from(stream.push(Buffer.from('hello abc'))).toString()).toBe('hello ');
    expect(Buffer.from(stream.push(Buffer.from('x\n'))).toString()).toBe('abcx\n');
    expect(Buffer.from(stream.push(Buffer.from('abcd'))).toString()).toBe('');
    expect(Buffer.from(stream.flush()).toString()).toBe('abcd');
  });

  it('pass the chunk itself through when there is nothing to hide', () => {
    const chunk = Buffer.from('plain');
    expect(new Redactor().stream().push(chunk)).toBe(chunk);
    expect(new Redactor([['token', 'abcdefgh']]).stream().push(chunk)).toEqual(chunk);
  });

  it('find every secret of a large piece, wherever it stands, whole or cut off', () => {
    const redactor = new Redactor([
      ['token', TOKEN],
      ['pin', 'p1n'],
    ]);
    const places = [0, 1, 700, ...Array.from({ length: 80 }, (_, index) => 5000 - 40 + index), 9990, 9999];
    for (const secret of [TOKEN, 'p1n']) {
      for (const at of places) {
        const data = Buffer.from(
          `${'x'.repeat(at)}${secret}${'y'.repeat(Math.max(0, 10_000 - at - secret.length))}`,
        );
        const stream = redactor.stream();
        const shown = [
          stream.push(data.subarray(0, 10_000)),
          stream.push(data.subarray(10_000)),
          stream.flush(),
        ];
        const text = Buffer.concat(shown.map((part) => Uint8Array.from(part))).toString();
        expect(text).toBe(data.toString().replace(secret, '***'));
      }
    }
  });

  it('that carry the same chunks show the same, whichever comes first', () => {
    const redactor = new Redactor([['token', 'abcdefgh']]);
    const [log, blob, late] = [redactor.stream(), redactor.stream(), redactor.stream()];
    const shown: string[][] = [[], [], []];
    const chunks = ['xx abc', 'defgh yy abcd', 'efgh', ' zz'].map((text) => Buffer.from(text));
    late.push(Buffer.from('ab'));
    for (const chunk of chunks)
      for (const [index, stream] of [log, blob, late].entries())
        shown[index]?.push(Buffer.from(stream.push(chunk)).toString());
    expect(shown[0]?.join('')).toBe('xx *** yy *** zz');
    expect(shown[1]).toEqual(shown[0]);
    expect(shown[2]?.join('')).toBe('abxx *** yy *** zz');
  });

  it('keep bytes that are no text as they are', () => {
    const stream = new Redactor([['token', 'hgfedcba']]).stream();
    const bytes = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
    expect([...Buffer.concat([stream.push(bytes), stream.flush()])]).toEqual([...bytes]);
  });
});
