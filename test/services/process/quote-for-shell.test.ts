/** Whatever a value holds and wherever it stands, the shell must print it, and nothing else may happen. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteFor, type Shell } from '../../../src/services/process/quote-for-shell.ts';

const NASTY = [
  'plain',
  'two words',
  "it's",
  '"',
  '$HOME',
  '$(echo pwned)',
  '`echo pwned`',
  '\\',
  '\\\\',
  'a\\',
  '$',
  'a;echo pwned',
  '\n',
  'a\nb',
  '\necho pwned\n',
  '',
  '*',
  '~',
  '#x',
  '!x',
  '=ls',
  '-n',
  '5',
  '{a,b}',
  '<(x)',
  '>x',
  '&',
  '|',
  "'; echo pwned; '",
  '"; echo pwned; "',
  "\\'; echo pwned #",
  '$(',
  '${',
  '}',
  ')',
  '(id)',
  'ü€😀',
  '%s\\n',
  "'\"'\"'",
];

/** Scripts with a gap. All print the value between `<` and `>`, and end with `ok`. */
const PLACES: Record<string, string> = {
  'between words': `printf '<%s>' @; printf ok`,
  'inside a word': `printf '<%s>' pre@post; printf ok`,
  'double quotes': `printf '<%s>' "@"; printf ok`,
  'double quotes with text': `printf '<%s>' "a @ b"; printf ok`,
  'single quotes': `printf '<%s>' 'a @ b'; printf ok`,
  'after a variable': `v=1; printf '<%s>' "$v@"; printf ok`,
  'after a variable, bare': `v=1; printf '<%s>' $v@; printf ok`,
  'a command substitution': `printf '<%s>' "$(printf '%s.' "@")"; printf ok`,
  'a bare word of a command substitution in quotes': `printf '<%s>' "$(printf '%s.' @)"; printf ok`,
  'a subshell': `(printf '<%s>' @); printf ok`,
  'after a comment with a quote': `# it's fine\nprintf '<%s>' @; printf ok`,
  'after $# and ${#x}': `x=abc; : $# "\${#x}" \${#x}; printf '<%s>' @; printf ok`,
  'after escaped quotes': String.raw`: \" \' "\"" ; printf '<%s>' "@"; printf ok`,
  'after a function and a case': `f() { :; }; case x in a) :;; (x) f;; esac; printf '<%s>' @; printf ok`,
  'after a here-document': `cat <<EOF >/dev/null\nit's "a $(printf x)\nEOF\nprintf '<%s>' @; printf ok`,
  'after arithmetic': `: $((1 << 2)) $(( (1+2)*3 )); printf '<%s>' @; printf ok`,
  'a default in braces': `printf '<%s>' \${nothing:-x}@; printf ok`,
};

function output(shell: 'sh' | 'bash', script: string): string {
  return execFileSync(shell, ['-c', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH, HOME: '/home/x' },
  });
}

async function fill(shell: Shell, place: string, value: string): Promise<string> {
  const quote = await quoteFor(shell);
  const [before = '', after = ''] = place.split('@');
  return before + quote(value, before) + after;
}

/** The same value in every gap, marked `§`. */
async function fillAll(shell: Shell, script: string, value: string): Promise<string> {
  const quote = await quoteFor(shell);
  const [first = '', ...rest] = script.split('§');
  return rest.reduce((before, after) => before + quote(value, before) + after, first);
}

/** What stands around the gap inside the printed word. */
function around(name: string): [string, string] {
  if (name === 'inside a word') return ['pre', 'post'];
  if (name === 'double quotes with text' || name === 'single quotes') return ['a ', ' b'];
  if (name.startsWith('after a variable')) return ['1', ''];
  if (name.includes('command substitution')) return ['', '.'];
  return name === 'a default in braces' ? ['x', ''] : ['', ''];
}

describe.each(['sh', 'bash'] as const)('%s', (shell) => {
  it.each(Object.entries(PLACES))('prints any value as it is: %s', async (name, place) => {
    const [start, end] = around(name);
    const scripts = await Promise.all(NASTY.map((value) => fill(shell, place, value)));
    // One process for all: each script is a subshell of its own.
    const printed = output(shell, scripts.map((script) => `(\n${script}\n)\nprintf '\\036'`).join('\n'))
      .split('\u001e')
      .slice(0, -1);
    expect(printed).toEqual(NASTY.map((value) => `<${start}${value}${end}>ok`));
  });

  it('prints random values in random places', async () => {
    const value = fc.string({
      unit: fc.constantFrom(...'ab \\\'"$`(){}\n;#<>&|*!~5'.split('')),
      maxLength: 8,
    });
    const cases = fc.sample(fc.tuple(fc.constantFrom(...Object.keys(PLACES)), value), 400);
    const scripts = await Promise.all(cases.map(([name, text]) => fill(shell, PLACES[name] ?? '', text)));
    const printed = output(shell, scripts.map((script) => `(\n${script}\n)\nprintf '\\036'`).join('\n'))
      .split('\u001e')
      .slice(0, -1);
    expect(printed).toEqual(cases.map(([name, text]) => `<${around(name)[0]}${text}${around(name)[1]}>ok`));
  });

  it('keeps a value inside a comment', async () => {
    for (const value of NASTY)
      expect(output(shell, await fill(shell, 'printf ok # @\nprintf ok', value))).toBe('okok');
  });

  it('keeps a value inside a here-document, expanding or literal', async () => {
    for (const place of [
      `cat <<EOF\nx @ y\nEOF\nprintf ok`,
      `cat <<'E O F'\nx @ y\nE O F\nprintf ok`,
      `cat <<-EOF\n\tx @ y\n\tEOF\nprintf ok`,
    ]) {
      for (const value of NASTY)
        expect(output(shell, await fill(shell, place, value))).toBe(`x ${value} y\nok`);
    }
    for (const value of ['a\nEOF\necho pwned', '\nEOF', '\nEO', 'x\n\tEOF\necho pwned']) {
      await expect(fill(shell, 'cat <<EOF\n@\nEOF\n', value)).rejects.toMatchObject({ code: 'CANNOT_QUOTE' });
    }
    await expect(fill(shell, 'cat <<EOF\nEO@\nEOF\n', 'F')).rejects.toMatchObject({ code: 'CANNOT_QUOTE' });
  });

  it.each([
    ['backticks', 'echo `echo @`'],
    ['arithmetic', 'echo $((@ + 1))'],
    ['an expansion in double quotes', 'echo "${x:-@}"'],
    ['case inside a substitution', 'echo "$(case x in x) echo @;; esac)"'],
    ['after a backslash', 'echo \\@'],
    ['after a dollar sign', 'echo "$@"'],
    ['a substitution in a here-document', 'cat <<EOF\n$(echo @)\nEOF'],
    ['after a dollar sign in a here-document', 'cat <<EOF\n$@\nEOF'],
  ])('refuses what it cannot make safe: %s', async (_name, place) => {
    await expect(fill(shell, place, 'a;$(id)')).rejects.toMatchObject({ code: 'CANNOT_QUOTE' });
  });

  it.each([
    ['echo $((§ + 1))', '41', '42'],
    ['echo $(( (2 + §) * 2 ))', '3', '10'],
    ['echo "$(( § * 2 ))" "$((§-1))"', '5', '10 4'],
    ['x=3; echo $((x+§)) $((§%x))', '-4', '-1 -1'],
    ['i=0; while [ $((i = i + 1)) -lt § ]; do :; done; echo $i', '4', '4'],
    ['n=§; echo $((n + 1))', '1', '2'],
    ['cat <<EOF\n$(( § + 1 )) §\nEOF', '6', '7 6'],
    ['echo $((§))', '08x', undefined],
    ['echo x§>/dev/null; echo 1§ 2>&1', '2', '12'],
    ['seq § 3 | tr "\\n" " "; test 2 -lt § || echo no less', '2', '2 3 no less'],
  ])('lets numbers stand where they are counted with: %s', async (script, number, printed) => {
    const filled = await fillAll(shell, script, number);
    if (printed !== undefined) expect(output(shell, filled).trim()).toBe(printed);
    else expect(filled).toBe('echo $((08x))');
  });

  it('lets a number into arithmetic and backticks', async () => {
    expect(output(shell, await fill(shell, 'echo $((@ + 1)) `echo x`', '41'))).toBe('42 x\n');
    expect(output(shell, await fill(shell, 'echo `expr @ + 1`', '41'))).toBe('42\n');
    await expect(fill(shell, 'echo $((@))', 'a[$(id)]')).rejects.toMatchObject({ code: 'CANNOT_QUOTE' });
  });
});

describe('numbers in bash', () => {
  it.each([
    ['a=(x y z); echo ${a[§]}', '1', 'y'],
    ['x=abcdef; echo ${x:§:2}', '3', 'de'],
    ['echo {1..§}', '3', '1 2 3'],
    ['echo $[ § * 2 ]', '4', '8'],
    ['let x=§; echo $x', '7', '7'],
    ['for ((i = 0; i < §; i++)); do printf $i; done', '3', '012'],
    ['[[ 5 -gt § ]] && echo more', '4', 'more'],
  ])('%s with %s', async (script, number, printed) => {
    expect(output('bash', await fillAll('bash', script, number)).trim()).toBe(printed);
  });
});

describe('bash', () => {
  it("prints any value inside $'…'", async () => {
    for (const value of NASTY)
      expect(output('bash', await fill('bash', `printf '<%s>' $'a\\'@'`, value))).toBe(`<a'${value}>`);
  });

  it('does not take a number for a file descriptor', async () => {
    expect(output('bash', await fill('bash', 'echo @>/dev/null', '2'))).toBe('');
  });
});

describe('node', () => {
  const run = (script: string): string =>
    execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });

  it('makes a value a string, or part of one', async () => {
    const places = [
      'w(@)',
      'w("@")',
      "w('@')",
      'w(`@`)',
      '// it\'s "\nw(@)',
      '/* " */ w(@)',
      'w("\\"" && @)',
      'w("a" && "@")',
    ];
    const scripts = await Promise.all(
      places.flatMap((place) => NASTY.map((value) => fill('node', place, value))),
    );
    const printed = run(
      `const out = []; const w = (v) => out.push(v);\n${scripts.join(';\n')}\nprocess.stdout.write(JSON.stringify(out))`,
    );
    expect(JSON.parse(printed)).toEqual(places.flatMap(() => NASTY));
  });

  it('keeps a value inside a comment', async () => {
    for (const place of ['// @\n', '/* @ */']) {
      const scripts = await Promise.all(
        [...NASTY, '*/ w(1) /*', '\u2028w(1)'].map((value) => fill('node', place, value)),
      );
      expect(run(`const w = () => process.stdout.write('pwned');\n${scripts.join('\n')}`)).toBe('');
    }
  });
});

describe('pwsh', () => {
  it('doubles every character PowerShell takes for a quote', async () => {
    expect(await fill('pwsh', 'echo @', "a'b’c‘d‚e‛f")).toBe("echo 'a''b’’c‘‘d‚‚e‛‛f'");
    expect(await fill('pwsh', "echo 'x' @", '$(id)')).toBe("echo 'x' '$(id)'");
  });

  it('lets nothing but a word into quotes', async () => {
    await expect(fill('pwsh', 'echo "@"', '$(id)')).rejects.toMatchObject({ code: 'CANNOT_QUOTE' });
    await expect(fill('pwsh', "echo '@'", '$(id)')).rejects.toMatchObject({ code: 'CANNOT_QUOTE' });
    expect(await fill('pwsh', 'echo "@"', 'word')).toBe('echo "word"');
  });
});
