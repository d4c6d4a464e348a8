/**
 * The names inside sql-wasm.wasm of sql.js 1.16.0, which its build shortened to letters. They belong to exactly the build
 * whose hash is pinned here; a test compares them with sql.js's own JavaScript.
 */

export const WASM_SHA256 = '43bbcdd44287e5a2db3b6b5af34b1a3485a7a441285d247976c1ebe3c61f8dbf';

export const EXPORTS = {
  memory: 'O',
  initialize: 'P',
  table: 'Q',
  sqlite3_prepare_v2: 'T',
  sqlite3_step: 'U',
  sqlite3_reset: 'V',
  sqlite3_exec: 'W',
  sqlite3_finalize: 'X',
  sqlite3_column_text: 'Z',
  sqlite3_column_type: '_',
  sqlite3_errmsg: '$',
  sqlite3_column_bytes: 'ua',
  sqlite3_column_double: 'va',
  sqlite3_bind_blob: 'wa',
  sqlite3_bind_double: 'xa',
  sqlite3_bind_int: 'ya',
  sqlite3_bind_text: 'za',
  sqlite3_close_v2: 'Ea',
  sqlite3_open: 'Ha',
  malloc: 'Ia',
  free: 'Ja',
} as const;

/** What the wasm asks of its host, as far as it is answered; every other import is a system call nobody here makes. */
export const IMPORTS = {
  module: 'a',
  currentTimeMs: 'd',
  monotonicMs: 'c',
  largestHeap: 'p',
  growHeap: 'l',
  environmentSizes: 'H',
  environment: 'G',
  abort: 'w',
  exit: 'u',
} as const;
