/** What an engine says it did: a file it wrote, or the end of what it printed, as JSON or YAML. */
import { readFile } from 'node:fs/promises';
import { StepFailure } from '../../kernel/failure.ts';
import type { Json } from '../../kernel/json.ts';

export interface SummarySources {
  /** The file named by KEYSTONE_ENGINE_SUMMARY_PATH. */
  file: string;
  /** All it printed; undefined when that was too much or no text. */
  stdout: string | undefined;
  from: 'auto' | 'file' | 'stdout' | 'none';
}

const MAX_BYTES = 10 * 1024 * 1024;
/** ```json … ``` */
const FENCED = /```(?:json|yaml|yml)?[ \t]*\n([\s\S]*?)\n[ \t]*```/g;

/** Null when there is none. @throws {StepFailure} ENGINE_SUMMARY when one was asked for and cannot be read. */
export async function readSummary({ file, stdout, from }: SummarySources): Promise<Json> {
  if (from === 'none') return null;
  const written = from === 'stdout' ? undefined : await readIfThere(file);
  if (written !== undefined && written.trim() !== '') {
    const value = await parseDocument(written);
    if (value !== undefined) return value;
    throw new StepFailure('ENGINE_SUMMARY', `the summary file is neither JSON nor YAML: ${shown(written)}`);
  }
  if (from === 'file')
    throw new StepFailure(
      'ENGINE_SUMMARY',
      'the engine wrote no summary: it must write JSON or YAML to the file $KEYSTONE_ENGINE_SUMMARY_PATH names, or the step must say `summary: stdout`',
    );
  const printed = stdout === undefined ? undefined : await parsePrinted(stdout);
  if (printed !== undefined) return printed;
  if (from === 'stdout')
    throw new StepFailure(
      'ENGINE_SUMMARY',
      `what the engine printed does not end with JSON or YAML: ${shown(stdout ?? '(too much, or no text)')}`,
    );
  return null;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    const content = await readFile(file);
    if (content.byteLength <= MAX_BYTES) return content.toString('utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new StepFailure('ENGINE_SUMMARY', `the summary file cannot be read: ${(error as Error).message}`);
  }
  throw new StepFailure('ENGINE_SUMMARY', 'the summary file is larger than 10 MiB');
}

/** All of it, its last fenced block, or its last line. */
async function parsePrinted(stdout: string): Promise<Json | undefined> {
  const text = stdout.trim();
  const fenced = [...text.matchAll(FENCED)].at(-1)?.[1];
  const lastLine = text.slice(text.lastIndexOf('\n') + 1);
  return (
    parseJson(text) ?? (fenced === undefined ? undefined : await parseDocument(fenced)) ?? parseJson(lastLine)
  );
}

async function parseDocument(text: string): Promise<Json | undefined> {
  const json = parseJson(text);
  if (json !== undefined) return json;
  const { parse } = await import('yaml');
  try {
    const value: Json = parse(text);
    return isStructured(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A lone number or word in what a program prints is no summary. */
function parseJson(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return isStructured(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isStructured = (value: Json): boolean => typeof value === 'object' && value !== null;

function shown(text: string): string {
  const end = text.trim().slice(-200);
  return JSON.stringify(end);
}
