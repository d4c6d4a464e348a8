import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { simpleCommands } from '../../../src/services/process/simple-commands.ts';
import { cpuMs } from '../../cpu-time.ts';

/** Each command as one text; `?` for what only running it would tell. */
const commands = (script: string) =>
  simpleCommands(script).map((words) => words.map(({ value }) => value ?? '?').join(' '));

describe('the simple commands of a script', () => {
  test.each<[string, string[]]>([
    ['', []],
    ['# rm -rf /', []],
    ['ls -l # rm', ['ls -l']],
    ['echo a#b', ['echo a#b']],
    ['a; b & c && d || e | f |& g', ['a', 'b', 'c', 'd', 'e', 'f', 'g']],
    ['a \\\n  b', ['a b']],
    [`"rm" '-rf' r\\m "a b"`, ['rm -rf rm a b']],
    [`$'r\\x6d' x`, ['rm x']],
    ['echo "rm; rm" \'rm && rm\'', ['echo rm; rm rm && rm']],
    ['A=1 B="x y" make C=2', ['make C=2']],
    ['A=(one two) b', ['b']],
    ['if a; then b; elif c; then d; else e; fi; f', ['a', 'b', 'c', 'd', 'e', 'f']],
    ['while a; do b; done < file; until c; do d; done', ['a', 'b', 'c', 'd']],
    ['for x in rm dd; do echo $x; done', ['echo ?']],
    ['for x\ndo a\ndone', ['a']],
    ['case $x in rm) a;; b|c) d; e;; (f) g;; esac; h', ['a', 'd', 'e', 'g', 'h']],
    ['case x in\n  a)\n    one\n    ;;\n  *) two ;;\nesac\nthree', ['one', 'two', 'three']],
    ['! a; { b; }; ( c; d )', ['a', 'b', 'c', 'd']],
    ['f() { rm x; }; function g { dd; }; f', ['rm x', 'dd', 'f']],
    ['[[ a == b && c ]] && d; [ e ] && f', ['d', '[ e ]', 'f']],
    ['(( x > 2 )); y=$(( $(count) + 1 )); z', ['count', 'z']],
    [
      'echo $(rm a) "$(rm b | c)" `rm d` ${x:-$(rm e)}',
      ['rm a', 'rm b', 'c', 'rm d', 'rm e', 'echo ? ? ? ?'],
    ],
    ['diff <(sort a) <(sort b) > out', ['sort a', 'sort b', 'diff ? ?']],
    ['a >out 2>&1 <in >>log 3<&- &>all b', ['a b']],
    ['echo 2 >x', ['echo 2']],
    ['cat <<EOF && after\nrm $(inner) x\nEOF\nnext', ['cat', 'after', 'inner', 'next']],
    ["cat <<'EOF'\n$(rm)\nEOF\nnext", ['cat', 'next']],
    ['cat <<-EOF\n\tx\n\tEOF\nnext', ['cat', 'next']],
    ['cat <<< word', ['cat']],
    ['sudo -u root -- rm -rf /', ['sudo -u root -- rm -rf /', 'rm -rf /']],
    [
      'env -i A=1 timeout -k 5 10 nice -n 3 rm x',
      [
        'env -i A=1 timeout -k 5 10 nice -n 3 rm x',
        'timeout -k 5 10 nice -n 3 rm x',
        'nice -n 3 rm x',
        'rm x',
      ],
    ],
    ['ls | xargs -I {} -n 1 rm {}', ['ls', 'xargs -I {} -n 1 rm {}', 'rm {}']],
    ['bash -euc "a; rm b"', ['bash -euc a; rm b', 'a', 'rm b']],
    [`sh -c 'sudo sh -c "rm x"'`, ['sh -c sudo sh -c "rm x"', 'sudo sh -c rm x', 'sh -c rm x', 'rm x']],
    ['eval "rm $x" y', ['eval ? y', 'rm ? y']],
    [
      'find . -name x -exec rm {} \\; -o -execdir mv {} y +',
      ['find . -name x -exec rm {} ; -o -execdir mv {} y +', 'rm {}', 'mv {} y'],
    ],
    ['/bin/rm x; ./tool', ['/bin/rm x', './tool']],
    ['echo ${{ inputs.x }}${{ a ? "}" : b }}; ${{ inputs.tool }} run', ['echo ?', '? run']],
    ['$TOOL x', ['? x']],
    ['echo "open', ['echo open']],
    ["echo 'open", ['echo open']],
    ['echo $(open', ['open', 'echo ?']],
    [') a ;; esac }', ['a', 'esac }']],
  ])('%j', (script, found) => {
    expect(commands(script)).toEqual(found);
  });

  test('are told of any text, and in time proportional to it', () => {
    const pieces = fc.constantFrom(
      ...[
        '$(',
        ')',
        '`',
        '"',
        "'",
        '${',
        '}',
        '((',
        '))',
        '<<E\n',
        '\nE\n',
        'case x in',
        'esac',
        ';;',
        '&&',
        '|',
        '\\',
        'rm',
        ' ',
        '\n',
        '<(',
        '$((',
        '[[',
        ']]',
        'sh -c ',
        'eval ',
        '#',
        '=',
        '(',
      ],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        expect(Array.isArray(simpleCommands(parts.join('')))).toBe(true);
      }),
      { numRuns: 2000 },
    );
    for (const text of ['$(', '`', '"$(', '((', 'sudo ', 'sh -c "', '${x:-', 'case x in ', '<<E\n', "a='"])
      expect(cpuMs(() => simpleCommands(text.repeat(4000)))).toBeLessThan(2000);
  });
});
