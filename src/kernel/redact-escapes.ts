/** How programs write a text so that it survives a quotation, a URL or a document: the same characters, some of them escaped. */

const hex = (char: string, digits: number): string => char.charCodeAt(0).toString(16).padStart(digits, '0');
const unicode = (char: string): string => `\\u${hex(char, 4)}`;

/** Each way by its name, which is part of stored placeholders: never rename one. */
export function escapesOf(value: string): [name: string, text: string][] {
  return [...jsonEscapes(value), ...urlEscapes(value), ...shellEscapes(value), ...markupEscapes(value)];
}

function jsonEscapes(value: string): [string, string][] {
  const json = JSON.stringify(value).slice(1, -1);
  const ascii = json.replaceAll(/[\u0080-\uffff]/g, unicode);
  return [
    ['json', json],
    ['json.ascii', ascii],
    // JSON in JSON, as logs of logs are.
    ['json.twice', JSON.stringify(json).slice(1, -1)],
    // What `echo` of many shells makes of it, which is what a script does to print a value.
    ['json.echo', echoed(json)],
    ['json.slash', json.replaceAll('/', '\\/')],
    ['json.html', json.replaceAll(/[<>&]/g, unicode)],
    // All but letters and digits: how values come into `shell: node`.
    ['script', value.replaceAll(/[^A-Za-z0-9]/g, unicode)],
  ];
}

function urlEscapes(value: string): [string, string][] {
  // By way of bytes, because encodeURIComponent throws on half a surrogate pair.
  const whole = Buffer.from(value).toString();
  const url = encodeURIComponent(whole);
  const strict = url.replaceAll(/[!'()*]/g, (char) => `%${hex(char, 2).toUpperCase()}`);
  const ways: [string, string][] = [
    ['url', url],
    ['url.strict', strict],
    ['url.path', strict.replaceAll('%2F', '/')],
    ['url.whole', encodeURI(whole)],
    ['form', strict.replaceAll('%20', '+')],
    // What browsers and fetch make of a form: `*` stays, `~` does not.
    ['form.web', String(new URLSearchParams({ q: whole })).slice('q='.length)],
    ['url.sent', sentAfter('http://h/', whole)],
    ['url.sent.query', sentAfter('http://h/?', whole)],
    ['url.sent.twice', sentAfter('http://h/?', url)],
  ];
  return ways.flatMap(([name, text]) => [
    [name, text],
    [`${name}.lower`, text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())],
  ]);
}

/** What clients make of a value in a URL, escaped already or not, and servers give back. */
function sentAfter(before: string, value: string): string {
  return URL.canParse(before + value) ? new URL(before + value).href.slice(before.length) : '';
}

const NAMED: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
  '\v': '\\v',
};

function shellEscapes(value: string): [string, string][] {
  const controls = (text: string): string =>
    text.replaceAll(/[\x00-\x1f\x7f]/g, (c) => NAMED[c] ?? `\\x${hex(c, 2)}`);
  return [
    ['shell', value.replaceAll("'", "'\\''")],
    ['shell.double', value.replaceAll(/[\\"$`]/g, '\\$&')],
    ['shell.ansi', controls(value.replaceAll(/[\\']/g, '\\$&'))],
    // What printf %q and the like make of it.
    ['shell.bare', value.replaceAll(/[^A-Za-z0-9_./@%+:,=\u0080-\uffff-]/g, '\\$&')],
    ['repr', controls(value.replaceAll('\\', '\\\\'))],
    ['doubled', value.replaceAll("'", "''")],
    ['echo', echoed(value)],
  ];
}

const CONTROL: Readonly<Record<string, string>> = {
  '\\': '\\',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** What `echo` of many shells prints: escapes in its words are carried out, and `\c` ends it. */
function echoed(value: string): string {
  const [text = ''] = value.split('\\c', 1);
  return text.replaceAll(/\\(?:0([0-7]{0,3})|([\\abfnrtv]))/g, (_, octal?: string, char = '') =>
    octal === undefined ? (CONTROL[char] ?? char) : String.fromCharCode(Number.parseInt(octal || '0', 8)),
  );
}

function markupEscapes(value: string): [string, string][] {
  const angles = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const html = angles.replaceAll('"', '&quot;');
  return [
    ['html.angles', angles],
    ['html', html],
    ['html.apos', html.replaceAll("'", '&apos;')],
    ['html.number', html.replaceAll("'", '&#39;')],
    ['html.hex', html.replaceAll("'", '&#x27;')],
  ];
}
