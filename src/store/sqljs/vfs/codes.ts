/** The part of SQLite's C vocabulary that a VFS speaks: result codes, flags, and where fields lie in its structures (wasm32). */

export const SQLITE = {
  OK: 0,
  BUSY: 5,
  IOERR: 10,
  NOTFOUND: 12,
  FULL: 13,
  CANTOPEN: 14,
  IOERR_READ: 266,
  IOERR_SHORT_READ: 522,
  IOERR_WRITE: 778,
  IOERR_FSYNC: 1034,
  IOERR_TRUNCATE: 1546,
  IOERR_FSTAT: 1802,
  IOERR_UNLOCK: 2058,
  IOERR_DELETE: 2570,
  IOERR_LOCK: 3850,
  IOERR_SHMMAP: 5386,
  IOERR_DELETE_NOENT: 5898,
} as const;

export const OPEN = {
  READONLY: 0x1,
  READWRITE: 0x2,
  CREATE: 0x4,
  DELETE_ON_CLOSE: 0x8,
  /** The bits that say which kind of file is opened. */
  KIND: 0xfff00,
  MAIN_DB: 0x100,
  WAL: 0x80000,
} as const;

export const LOCK = { NONE: 0, SHARED: 1 } as const;
export const SHM_LOCK = 2;
/** Two copies of the wal-index header and the checkpoint record: cleared, they make SQLite read the WAL again. */
export const WAL_INDEX_HEADER_BYTES = 136;

/**
 * `SQLITE_IOCAP_POWERSAFE_OVERWRITE` only. Never add `UNDELETABLE_WHEN_OPEN`: with it, databases were corrupted by kills.
 */
export const DEVICE_CHARACTERISTICS = 0x1000;
export const SECTOR_BYTES = 4096;

/** Byte offsets in `struct sqlite3_vfs`. */
export const VFS_FIELD = {
  name: 16,
  open: 24,
  delete: 28,
  access: 32,
  fullPathname: 36,
  randomness: 56,
  sleep: 60,
} as const;
export const VFS_NEWEST_VERSION = 8;
/** `struct sqlite3_io_methods`, version 2: the version word and sixteen function pointers. */
export const IO_METHODS_VERSION = 2;
export const IO_METHODS_BYTES = 68;
