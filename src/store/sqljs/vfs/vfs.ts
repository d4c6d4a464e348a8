/**
 * A SQLite VFS in JavaScript over stock sql.js. The built-in VFS cannot be replaced from outside, so its function pointers
 * are: names of the form `/keystone/<n>` are ours, every other name goes on to the built-in functions.
 */
import { randomFillSync } from 'node:crypto';
import type { Heap } from '../heap.ts';
import { nap } from '../nap.ts';
import { installThunks, type Signature, type Thunk } from '../thunks.ts';
import type { WasmTable } from '../webassembly.ts';
import {
  DEVICE_CHARACTERISTICS,
  IO_METHODS_BYTES,
  IO_METHODS_VERSION,
  OPEN,
  SECTOR_BYTES,
  SQLITE,
  VFS_FIELD,
  VFS_NEWEST_VERSION,
} from './codes.ts';
import { DatabaseFile, type DatabaseFileOptions } from './database-file.ts';
import * as files from './files.ts';
import * as locks from './locks.ts';

/** Side files hide behind another name: the `sqlite3` shell deletes a `-wal` it takes for a leftover, and rows with it. */
const SIDE_FILE_PREFIX = '.ks';
const OUR_NAME = /^(\/keystone\/\d+)(-journal|-wal)?$/;

/** `state.db` → `state.db.ks-wal`. */
export function walPath(database: string): string {
  return `${database}${SIDE_FILE_PREFIX}-wal`;
}

type Pointer = number;
type NativeFunction = (...args: number[]) => number;

export class Vfs {
  readonly #databases = new Map<string, DatabaseFile>();
  readonly #open = new Map<Pointer, files.OpenFile>();
  readonly #methods: Pointer;
  #count = 0;

  constructor(
    private readonly heap: Heap,
    private readonly table: WasmTable,
    private readonly vfs: Pointer,
  ) {
    this.#checkLayout();
    const patches = this.#patches();
    const methods = this.#ioMethods();
    const pointers = installThunks(table, [...patches.map(([, thunk]) => thunk), ...methods]);
    patches.forEach(([field], index) => {
      heap.writePointer(vfs + field, pointers[index] ?? 0);
    });
    this.#methods = heap.allocate(IO_METHODS_BYTES);
    heap.writePointer(this.#methods, IO_METHODS_VERSION);
    methods.forEach((_method, index) => {
      heap.writePointer(this.#methods + 4 + 4 * index, pointers[patches.length + index] ?? 0);
    });
  }

  /** Makes a database reachable and gives the name to open it by. */
  register(options: DatabaseFileOptions): { name: string; file: DatabaseFile } {
    this.#count += 1;
    const name = `/keystone/${this.#count}`;
    const file = new DatabaseFile(this.heap, options);
    this.#databases.set(name, file);
    return { name, file };
  }

  unregister(name: string): void {
    this.#databases.delete(name);
  }

  /** Refuses to patch what does not look like the built-in VFS. */
  #checkLayout(): void {
    const { heap, table, vfs } = this;
    const fields = [
      VFS_FIELD.open,
      VFS_FIELD.delete,
      VFS_FIELD.access,
      VFS_FIELD.fullPathname,
      VFS_FIELD.sleep,
    ];
    const known =
      heap.readPointer(vfs) <= VFS_NEWEST_VERSION &&
      heap.readText(heap.readPointer(vfs + VFS_FIELD.name)).startsWith('unix') &&
      fields.every((field) => typeof table.get(heap.readPointer(vfs + field)) === 'function');
    if (!known) throw new Error('the SQLite engine has an unknown layout');
  }

  #patches(): [field: number, Thunk][] {
    return [...this.#patchesOfFiles(), ...this.#patchesOfTheSystem()];
  }

  #patchesOfFiles(): [field: number, Thunk][] {
    const { heap } = this;
    const native = (field: number): NativeFunction =>
      this.table.get(heap.readPointer(this.vfs + field)) as NativeFunction;
    const open = native(VFS_FIELD.open);
    const remove = native(VFS_FIELD.delete);
    const access = native(VFS_FIELD.access);
    const fullPathname = native(VFS_FIELD.fullPathname);
    return [
      [
        VFS_FIELD.open,
        [
          'iiiiii',
          (vfs: Pointer, name: Pointer, file: Pointer, flags: number, out: Pointer) =>
            this.#openOurs(name, file, flags, out) ?? open(vfs, name, file, flags, out),
        ],
      ],
      [
        VFS_FIELD.delete,
        [
          'iiii',
          (vfs: Pointer, name: Pointer, sync: number) => {
            const ours = this.#resolve(name);
            if (!ours) return remove(vfs, name, sync);
            return guarded(ours.database, SQLITE.IOERR_DELETE, () =>
              files.deleteFile(ours.database, ours.path, sync !== 0),
            );
          },
        ],
      ],
      [
        VFS_FIELD.access,
        [
          'iiiii',
          (vfs: Pointer, name: Pointer, flags: number, out: Pointer) => {
            const ours = this.#resolve(name);
            if (!ours) return access(vfs, name, flags, out);
            return guarded(ours.database, SQLITE.IOERR, () =>
              heap.writePointer(out, files.existsWithContent(ours.path) ? 1 : 0),
            );
          },
        ],
      ],
      [
        VFS_FIELD.fullPathname,
        [
          'iiiii',
          (vfs: Pointer, name: Pointer, room: number, out: Pointer) => {
            if (!this.#resolve(name)) return fullPathname(vfs, name, room, out);
            heap.writeText(out, heap.readText(name));
            return SQLITE.OK;
          },
        ],
      ],
    ];
  }

  #patchesOfTheSystem(): [field: number, Thunk][] {
    const { heap } = this;
    return [
      [
        VFS_FIELD.randomness,
        [
          'iiii',
          (_vfs: Pointer, length: number, out: Pointer) => {
            randomFillSync(heap.bytes, out, length);
            return length;
          },
        ],
      ],
      // The built-in one would spin the CPU.
      [
        VFS_FIELD.sleep,
        [
          'iii',
          (_vfs: Pointer, microseconds: number) => {
            nap(microseconds / 1000);
            return microseconds;
          },
        ],
      ],
    ];
  }

  /** In the order of `struct sqlite3_io_methods`. */
  #ioMethods(): Thunk[] {
    const { heap } = this;
    const method = (
      signature: Signature,
      failure: number,
      run: (file: files.OpenFile, ...args: number[]) => unknown,
    ): Thunk => [
      signature,
      (pointer: Pointer, ...args: number[]) => {
        const file = this.#open.get(pointer);
        return file === undefined ? failure : guarded(file.database, failure, () => run(file, ...args));
      },
    ];
    return [
      ['ii', (pointer: Pointer) => this.#close(pointer)],
      method('iiiij', SQLITE.IOERR_READ, (file, at, length, offset) =>
        files.readInto(heap, file, at!, length!, Number(offset)),
      ),
      method('iiiij', SQLITE.IOERR_WRITE, (file, at, length, offset) =>
        files.writeFrom(heap, file, at!, length!, Number(offset)),
      ),
      method('iij', SQLITE.IOERR_TRUNCATE, (file, size) => files.truncateFile(file, Number(size))),
      method('iii', SQLITE.IOERR_FSYNC, (file) => files.syncFile(file)),
      method('iii', SQLITE.IOERR_FSTAT, (file, out) =>
        heap.view.setBigInt64(out!, BigInt(files.sizeOf(file)), true),
      ),
      method('iii', SQLITE.IOERR_LOCK, (file, level) => locks.lockFile(file.database, level!)),
      method('iii', SQLITE.IOERR_UNLOCK, (file, level) => locks.unlockFile(file.database, level!)),
      // Holding the mutex, nobody else can be about to write.
      method('iii', SQLITE.IOERR_LOCK, (_file, out) => heap.writePointer(out!, 0)),
      ['iiii', () => SQLITE.NOTFOUND],
      ['ii', () => SECTOR_BYTES],
      ['ii', () => DEVICE_CHARACTERISTICS],
      method('iiiiii', SQLITE.IOERR_SHMMAP, (file, page, bytes, extend, out) =>
        locks.mapWalIndex(heap, file.database, page!, bytes!, extend !== 0, out!),
      ),
      method('iiiii', SQLITE.IOERR_LOCK, (file, first, count, flags) =>
        locks.lockWalIndex(file.database, first!, count!, flags!),
      ),
      ['vi', () => {}],
      method('iii', SQLITE.IOERR_LOCK, (file) => locks.unmapWalIndex(file.database)),
    ];
  }

  #openOurs(name: Pointer, pointer: Pointer, flags: number, out: Pointer): number | undefined {
    const ours = name === 0 ? undefined : this.#resolve(name);
    if (!ours) return undefined;
    this.heap.writePointer(pointer, 0);
    return guarded(ours.database, SQLITE.CANTOPEN, () => {
      const [file, granted] = files.openFile(ours.database, ours.path, flags);
      this.#open.set(pointer, file);
      this.heap.writePointer(pointer, this.#methods);
      if (out !== 0) this.heap.writePointer(out, granted);
    });
  }

  #close(pointer: Pointer): number {
    const file = this.#open.get(pointer);
    if (file === undefined) return SQLITE.OK;
    this.#open.delete(pointer);
    return guarded(file.database, SQLITE.IOERR, () => {
      if (file.kind === OPEN.MAIN_DB) {
        file.database.drop('file');
        file.database.drop('wal-index');
      }
      files.closeFile(file);
    });
  }

  #resolve(name: Pointer): { database: DatabaseFile; path: string } | undefined {
    const match = OUR_NAME.exec(this.heap.readText(name));
    const database = match?.[1] === undefined ? undefined : this.#databases.get(match[1]);
    if (!match || !database) return undefined;
    return { database, path: match[2] ? `${database.path}${SIDE_FILE_PREFIX}${match[2]}` : database.path };
  }
}

/** Nothing may be thrown through wasm frames: an error becomes a result code and is kept for whoever reports it. */
function guarded(database: DatabaseFile, failure: number, run: () => unknown): number {
  try {
    const result = run();
    return typeof result === 'number' ? result : SQLITE.OK;
  } catch (error) {
    database.lastError = error;
    return error instanceof Error && 'code' in error && error.code === 'ENOSPC' ? SQLITE.FULL : failure;
  }
}
