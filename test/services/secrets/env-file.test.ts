import { describe, expect, test } from 'vitest';
import { EnvFileError, parseEnvFile } from '../../../src/services/secrets/env-file.ts';

const parse = (text: string) => Object.fromEntries(parseEnvFile(text));

describe('.env files', () => {
  test.each([
    ['A=1', { A: '1' }],
    ['A = spaces around = kept ', { A: 'spaces around = kept' }],
    ['export A=1\n  export\tB=2', { A: '1', B: '2' }],
    ['# A=1\n\n  # B\nC=3', { C: '3' }],
    ['A=value # comment', { A: 'value' }],
    ['A=pass#word', { A: 'pass#word' }],
    ['A=# all comment', { A: '' }],
    ['A=', { A: '' }],
    ['A=1\nA=2', { A: '2' }],
    ['A="two words" # comment', { A: 'two words' }],
    ["A='$HOME \\n #'", { A: '$HOME \\n #' }],
    ['A="a\\nb\\t\\"c\\" \\\\ \\$d \\e"', { A: 'a\nb\t"c" \\ $d \\e' }],
    ['A=$HOME/${B}', { A: '$HOME/${B}' }],
    ['A=`it\'s "quoted"`', { A: 'it\'s "quoted"' }],
    [
      'KEY="-----BEGIN-----\nabc=\n-----END-----\n"\nB=2',
      { KEY: '-----BEGIN-----\nabc=\n-----END-----\n', B: '2' },
    ],
    ["A='one\n# two\nB=no'\nC=3", { A: 'one\n# two\nB=no', C: '3' }],
    ['\ufeffA=1\r\nB="x\r\ny"\r\n', { A: '1', B: 'x\ny' }],
    ['not an assignment\n1A=2\nA B=3\nC=4', { C: '4' }],
    ['A=it\'s "bare"', { A: 'it\'s "bare"' }],
    ['toString=1', { toString: '1' }],
  ])('%j', (text, values) => {
    expect(parse(text)).toEqual(values);
  });

  test.each([
    ['A=1\nB="open\nC=3', 'line 2: the " that begins B is never closed'],
    ["A='a'b", 'line 1: something follows the closing quote of A'],
    ['A="x\ny" z', 'line 2: something follows the closing quote of A'],
  ])('%j is refused with its line, and nothing of it is quoted', (text, message) => {
    expect(() => parseEnvFile(text)).toThrow(
      new EnvFileError(Number(/\d/.exec(message)?.[0]), message.slice(8)),
    );
  });
});
