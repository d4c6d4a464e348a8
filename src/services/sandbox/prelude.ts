/**
 * What runs in the sandbox before a script does: globals from JSON, console, functions of the host, random numbers that
 * repeat, and the way of results and errors out. It is JavaScript for QuickJS, and shares its realm with the script, so
 * nothing here guards anything: what leaves is text, and is parsed and judged outside.
 */

/** An expression: a function of `(log, call, scope, functions, seed, prepare)` that gives `{ encode, describe, answer }`. */
export const PRELUDE = String.raw`(function (log, call, scopeText, functionsText, seedText, prepare) {
  'use strict';
  const { parse, stringify } = JSON;
  const { isArray } = Array;
  const { getPrototypeOf, keys } = Object;
  const tagOf = Object.prototype.toString;
  const define = (name, value) =>
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });

  const seen = [];
  const pathTo = (depth) => {
    let path = '';
    for (let i = 0; i < depth; i++)
      path += typeof seen[i] === 'number' ? '[' + seen[i] + ']'
        : /^[A-Za-z_$][\w$]*$/.test(seen[i]) ? '.' + seen[i] : '[' + stringify(seen[i]) + ']';
    return path === '' ? 'the result' : 'result' + path;
  };
  class NoJson { constructor(message) { this.message = message; } }
  const refuse = (depth, what) => { throw new NoJson(pathTo(depth) + ' is ' + what); };
  const HINTS = {
    Map: 'a Map; use Object.fromEntries(map)',
    Set: 'a Set; use [...set]',
    Promise: 'a Promise; await it',
    RegExp: 'a RegExp; use its source',
    Error: 'an Error; use its message',
    ArrayBuffer: 'an ArrayBuffer; use an array of numbers',
  };
  const DEEPEST = 500;
  const above = [];
  const walk = (value, depth) => {
    switch (typeof value) {
      case 'string': case 'boolean': case 'undefined': return;
      case 'number':
        if (value - value !== 0) refuse(depth, value + ', which JSON does not have');
        return;
      case 'bigint': return refuse(depth, 'a BigInt; use Number(value) or String(value)');
      case 'function': return refuse(depth, 'a function');
      case 'symbol': return refuse(depth, 'a symbol');
    }
    if (value === null) return;
    for (let i = 0; i < depth; i++) if (above[i] === value) refuse(depth, 'the same object as ' + pathTo(i) + ': a cycle');
    if (depth >= DEEPEST) throw new NoJson('the result is nested more than ' + DEEPEST + ' levels deep');
    above[depth] = value;
    if (isArray(value)) {
      for (let i = 0; i < value.length; i++) { seen[depth] = i; walk(value[i], depth + 1); }
      return;
    }
    if (typeof value.toJSON === 'function') {
      seen[depth] = 'toJSON()';
      const made = value.toJSON('');
      if (made !== value) return walk(made, depth + 1);
    }
    const prototype = getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      const tag = tagOf.call(value).slice(8, -1);
      if (HINTS[tag] !== undefined) refuse(depth, HINTS[tag]);
      if (ArrayBuffer.isView(value)) refuse(depth, 'a ' + tag + '; use Array.from(value)');
    }
    const names = keys(value);
    for (let i = 0; i < names.length; i++) { seen[depth] = names[i]; walk(value[names[i]], depth + 1); }
  };
  /** '+' and JSON, or '-' and what is wrong. */
  const encode = (value) => {
    try {
      walk(value, 0);
      return '+' + (stringify(value) ?? 'null');
    } catch (error) {
      if (error instanceof NoJson) return '-' + error.message;
      throw error;
    }
  };

  const shown = (value) => {
    if (typeof value === 'string') return value;
    if (typeof value === 'function') return '[function ' + (value.name || 'anonymous') + ']';
    if (typeof value !== 'object' || value === null) return String(value);
    if (value instanceof Error) return value.name + ': ' + value.message + '\n' + value.stack;
    if (value instanceof Map || value instanceof Set) return tagOf.call(value).slice(8, -1) + ' ' + shown([...value]);
    try {
      return stringify(value, (_, each) => (typeof each === 'bigint' ? each + 'n' : each)) ?? String(value);
    } catch {
      return tagOf.call(value);
    }
  };
  const print = (stream) => (...values) => { log(stream, stringify(values.map(shown).join(' ') + '\n')); };
  const out = print('stdout');
  const err = print('stderr');
  define('console', {
    log: out, info: out, debug: out, dir: (value) => out(value), table: (value) => out(value),
    warn: err, error: err, trace: err,
    assert: (condition, ...values) => { if (!condition) err('Assertion failed', ...values); },
  });

  const pending = new Map();
  const failed = new WeakMap();
  const host = {};
  for (const name of parse(functionsText))
    host[name] = (...values) => new Promise((resolve, reject) => {
      const text = encode(values);
      if (text[0] === '-') throw new TypeError(name + '(): ' + text.slice(1).replace('result', 'arguments'));
      const number = call(name, text.slice(1));
      // Where it was called is what a reader wants to know, not where the answer came in.
      pending.set(number, { resolve, reject, stack: new Error().stack });
    });
  const answer = (number, ok, text) => {
    const { resolve, reject, stack } = pending.get(number);
    pending.delete(number);
    const value = parse(text);
    if (ok) return resolve(value);
    const error = Object.assign(new Error(value.message), { name: value.name, code: value.code });
    error.stack = stack;
    failed.set(error, number);
    reject(error);
  };

  const textOf = (make) => {
    try { return String(make()); } catch { return ''; }
  };
  const describe = (thrown) => {
    if (typeof thrown !== 'object' || thrown === null || !(thrown instanceof Error)) {
      const value = textOf(() => (typeof thrown === 'object' && thrown !== null ? stringify(thrown) : shown(thrown)));
      return stringify({ message: value, stack: '' });
    }
    return stringify({
      name: textOf(() => thrown.name) || 'Error',
      message: textOf(() => thrown.message),
      stack: textOf(() => thrown.stack),
      call: failed.get(thrown),
    });
  };

  let [a, b, c, d] = parse(seedText);
  Math.random = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t | 0;
    return (t >>> 0) / 4294967296;
  };

  const globals = prepare === undefined ? host : prepare(host);
  for (const name of keys(globals)) define(name, globals[name]);
  const scope = parse(scopeText);
  for (const name of keys(scope)) define(name, scope[name]);
  return { encode, describe, answer };
})`;
