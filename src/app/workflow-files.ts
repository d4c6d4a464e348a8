/** Finding workflows: by path, or by name in `.keystone/workflows`. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { nearest } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { Project } from './project.ts';

export interface WorkflowFile {
  /** Absolute; absent for text from standard input. */
  file?: string;
  /** As shown to people: relative to the working folder. */
  label: string;
  source: string;
}

const EXTENSIONS = ['.yaml', '.yml'];

export const workflowsFolder = (project: Project): string =>
  path.join(project.root, '.keystone', 'workflows');

/** @param from folder that relative paths start at. @throws {KeystoneError} WORKFLOW_NOT_FOUND with the nearest name. */
export function findWorkflow(project: Project, target: string, from = project.cwd): WorkflowFile {
  const file = candidates(project, target, from).find((candidate) => isFile(candidate));
  if (file === undefined) throw notFound(project, target);
  return readWorkflow(project, file);
}

export function readWorkflow(project: Project, file: string): WorkflowFile {
  return { file, label: labelOf(project, file), source: readFileSync(file, 'utf8') };
}

export function labelOf(project: Project, file: string): string {
  const relative = path.relative(project.cwd, file);
  return relative.startsWith('..') ? file : relative;
}

/** Absolute paths of all workflows known by name, sorted. */
export function namedWorkflows(project: Project): string[] {
  const folder = workflowsFolder(project);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => EXTENSIONS.includes(path.extname(name)))
    .sort()
    .map((name) => path.join(folder, name));
}

function candidates(project: Project, target: string, from: string): string[] {
  const asPath = path.resolve(from, target);
  const named = EXTENSIONS.map((extension) => path.join(workflowsFolder(project), target + extension));
  const isName = !target.includes('/') && !target.includes(path.sep) && path.extname(target) === '';
  return isName
    ? [...named, asPath]
    : [asPath, ...EXTENSIONS.map((extension) => asPath + extension), ...named];
}

const isFile = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() === true;

function notFound(project: Project, target: string): KeystoneError {
  const names = namedWorkflows(project).map((file) => path.basename(file, path.extname(file)));
  const similar = nearest(target, names);
  const known =
    names.length === 0
      ? `no workflows in ${labelOf(project, workflowsFolder(project))}`
      : `known: ${names.join(', ')}`;
  return new KeystoneError('WORKFLOW_NOT_FOUND', `no workflow "${target}" (${known})`, {
    exitCode: EXIT.usage,
    hint:
      similar === undefined
        ? 'give a path to a YAML file, or try: keystone workflows'
        : `did you mean: ${similar}`,
  });
}
