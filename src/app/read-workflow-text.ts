/** The text of a workflow file, or a clear word why there is none: a folder, no permission, another encoding, no text at all. */
import { readFileSync } from 'node:fs';
import { TextDecoder } from 'node:util';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';

/**
 * UTF-8, or UTF-16 that says so by its byte order mark. The mark is no part of the text.
 * @param label how the file is named to people
 * @throws {KeystoneError} WORKFLOW_UNREADABLE, exit 2
 */
export function readWorkflowText(file: string, label: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw unreadable(error, label);
  }
  const text = decode(bytes);
  if (text !== undefined && !text.includes('\0')) return text;
  throw new KeystoneError('WORKFLOW_UNREADABLE', `${label} is no text file: ${firstBadPlace(bytes)}`, {
    exitCode: EXIT.usage,
    hint: 'a workflow is YAML text in UTF-8; is this the right file, and was it saved as UTF-8?',
  });
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function encodingOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
}

function firstBadPlace(bytes: Buffer): string {
  const lenient = new TextDecoder(encodingOf(bytes)).decode(bytes);
  const line = lenient.slice(0, lenient.search(/[\0\ufffd]/)).split('\n').length;
  return `line ${line} holds what is no character in ${encodingOf(bytes).toUpperCase()}`;
}

function unreadable(error: unknown, label: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const isFolder = error.code === 'EISDIR';
  return new KeystoneError(
    'WORKFLOW_UNREADABLE',
    isFolder ? `${label} is a folder, not a workflow` : `${label} cannot be read (${String(error.code)})`,
    {
      exitCode: EXIT.usage,
      hint: isFolder
        ? `name a file in it; all of them are checked by: keystone validate ${label}`
        : 'check its permissions',
      cause: error,
    },
  );
}
