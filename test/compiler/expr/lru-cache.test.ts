/** The cache of parsed texts stays small and keeps what is used. */
import { expect, test } from 'vitest';
import { LruCache } from '../../../compiler/expr/lru-cache.ts';

test('a cache never holds more than its capacity', () => {
  const cache = new LruCache<number>(10);
  for (let at = 0; at < 1000; at++) {
    cache.set(`k${at}`, at);
    expect(cache.size).toBeLessThanOrEqual(10);
  }
});

test('what is used again and again is kept, what is not is forgotten', () => {
  const cache = new LruCache<number>(10);
  cache.set('often', 1);
  cache.set('once', 2);
  for (let at = 0; at < 100; at++) {
    cache.set(`k${at}`, at);
    expect(cache.get('often')).toBe(1);
  }
  expect(cache.get('once')).toBeUndefined();
});

test('the latest half is always there', () => {
  const cache = new LruCache<number>(10);
  for (let at = 0; at < 57; at++) cache.set(`k${at}`, at);
  for (let at = 52; at < 57; at++) expect(cache.get(`k${at}`)).toBe(at);
});
