/** JavaScript functions as C function pointers: one tiny wasm module re-exports them all with their C signatures. */

import { type WasmTable, wasmApi } from './webassembly.ts';

/** `[result, ...parameters]` as letters: `i` int or pointer, `j` 64-bit int (a BigInt here), `v` no result. */
export type Signature = string;
export type Thunk = readonly [signature: Signature, fn: (...args: never[]) => unknown];

const VALUE_TYPE: Readonly<Record<string, number>> = { i: 0x7f, j: 0x7e };
const SECTION = { type: 1, import: 2, export: 7 } as const;
const FUNCTION_TYPE = 0x60;
const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** Adds the functions to the module's indirect call table and returns their indexes, which are C function pointers. */
export function installThunks(table: WasmTable, thunks: readonly Thunk[]): number[] {
  const module = new wasmApi.Module(encode(thunks.map(([signature]) => signature)));
  const functions = Object.fromEntries(thunks.map(([, fn], index) => [String(index), fn]));
  const { exports } = new wasmApi.Instance(module, { js: functions });
  const first = table.grow(thunks.length);
  return thunks.map((_thunk, index) => {
    table.set(first + index, exports[String(index)]);
    return first + index;
  });
}

function encode(signatures: readonly Signature[]): Uint8Array<ArrayBuffer> {
  const types = signatures.map((signature) => [
    FUNCTION_TYPE,
    ...vector([...signature.slice(1)].map(valueType)),
    ...vector(signature[0] === 'v' ? [] : [valueType(signature[0] ?? '')]),
  ]);
  const imports = signatures.map((_s, index) => [
    ...name('js'),
    ...name(String(index)),
    0x00,
    ...leb128(index),
  ]);
  const reexports = signatures.map((_s, index) => [...name(String(index)), 0x00, ...leb128(index)]);
  return Uint8Array.from([
    ...MAGIC_AND_VERSION,
    ...section(SECTION.type, types),
    ...section(SECTION.import, imports),
    ...section(SECTION.export, reexports),
  ]);
}

function valueType(letter: string): number {
  const type = VALUE_TYPE[letter];
  if (type === undefined) throw new Error(`no wasm type for "${letter}"`);
  return type;
}

function section(id: number, entries: readonly number[][]): number[] {
  const content = [...leb128(entries.length), ...entries.flat()];
  return [id, ...leb128(content.length), ...content];
}

function vector(bytes: readonly number[]): number[] {
  return [...leb128(bytes.length), ...bytes];
}

function name(text: string): number[] {
  return vector([...Buffer.from(text)]);
}

function leb128(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb128(value >>> 7)];
}
