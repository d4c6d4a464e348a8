/** Finding workflows: by path, or by name in `.keystone/workflows`. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { nearest } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { Project } from './project.ts';
import { readWorkflowText } from './read-workflow-text.ts';

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

/** @param from folder that relative paths start at. @throws {KeystoneError} WORKFLOW_NOT_FOUND with the nearest name, WORKFLOW_UNREADABLE. */
export function findWorkflow(project: Project, target: string, from = project.cwd): WorkflowFile {
  return readWorkflow(project, findWorkflowFile(project, target, from));
}

/** Absolute path; a folder only when there is no file of that name, for whoever reads it to complain. */
export function findWorkflowFile(project: Project, target: string, from = project.cwd): string {
  const existing = candidates(project, target, from).filter((candidate) => existsSync(candidate));
  const file = existing.find((candidate) => !isFolder(candidate)) ?? existing[0];
  if (file === undefined) throw notFound(project, target);
  return file;
}

/** @throws {KeystoneError} WORKFLOW_UNREADABLE */
export function readWorkflow(project: Project, file: string): WorkflowFile {
  const label = labelOf(project, file);
  return { file, label, source: readWorkflowText(file, label) };
}

export function labelOf(project: Project, file: string): string {
  const relative = path.relative(project.cwd, file);
  return relative.startsWith('..') ? file : relative || '.';
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
  return isName(target)
    ? [...named, asPath]
    : [asPath, ...EXTENSIONS.map((extension) => asPath + extension), ...named];
}

const isName = (target: string): boolean =>
  !target.includes('/') && !target.includes(path.sep) && path.extname(target) === '';

const isFolder = (file: string): boolean => statSync(file).isDirectory();

function notFound(project: Project, target: string): KeystoneError {
  if (!isName(target)) {
    return new KeystoneError('WORKFLOW_NOT_FOUND', `there is no file ${target}`, {
      exitCode: EXIT.usage,
      hint: 'check the path; workflows known by name: keystone workflows',
    });
  }
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
