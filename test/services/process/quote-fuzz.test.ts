/** Scripts of random pieces with a hostile value in them: the value's commands must never run. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { quoteFor } from '../../../src/services/process/quote-for-shell.ts';

/** Pieces that open, close and confuse; a script of them is usually broken, which is the point. */
const PIECES = [
  'echo ',
  'a ',
  '"',
  "'",
  '`',
  '$(',
  ')',
  '$((',
  '))',
  '${x:-',
  '${x}',
  '}',
  '$x',
  '$$',
  '\\',
  '\n',
  '# ',
  '<<EOF',
  "<<'EOF'",
  '<<-E',
  'EOF\n',
  'E\n',
  '((',
  'case x in x) ',
  ';; esac',
  '; ',
  "$'",
  '$"',
  '[[ ',
  '{ ',
  '<<<',
  '| cat ',
  '&& ',
  'x=',
  '=',
  'if true; then ',
  'fi',
  '$#',
  '${#x}',
  '${x//',
  'f() ',
  '$',
];
const ATTACKS = [
  'canary',
  '$(canary)',
  '`canary`',
  ';canary;',
  '\ncanary\n',
  '"',
  "'",
  ')',
  '}',
  '))',
  '\\',
  '\n',
  'EOF\n',
  'E\n',
  'a[$(canary)]',
  '#',
  '$',
  '&',
  '|',
];

it('never lets a value run a command, even in a broken script', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keystone-canary-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const flag = join(folder, 'flag');
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'cwd'));
  writeFileSync(join(folder, 'bin/canary'), `#!/bin/sh\n: > ${flag}\n`, { mode: 0o755 });
  const soup = (pieces: string[]) =>
    fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 10 }).map((parts) => parts.join(''));
  for (const shell of ['sh', 'bash'] as const) {
    const quote = await quoteFor(shell);
    for (const [before, value, after] of fc.sample(
      fc.tuple(soup(PIECES), soup(ATTACKS), soup(PIECES)),
      // The same every time; raise the number and change the seed to search for more.
      { numRuns: 150, seed: 20 },
    )) {
      // A value that is one word may be the command, if the author puts it there.
      if (/^\s*canary\s*$/.test(value)) continue;
      let script: string;
      try {
        script = `${before}${quote(value, before)}`;
      } catch (error) {
        expect(error).toMatchObject({ code: 'CANNOT_QUOTE' });
        continue;
      }
      for (const end of [after, '\n', '"\n']) {
        spawnSync(shell, ['-c', script + end], {
          cwd: join(folder, 'cwd'),
          env: { PATH: `${folder}/bin:/usr/bin:/bin` },
          stdio: 'ignore',
          timeout: 2000,
        });
        expect(existsSync(flag), JSON.stringify({ shell, before, value, end })).toBe(false);
      }
    }
  }
});
