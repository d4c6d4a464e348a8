/**
 * Trust in workflows from elsewhere: what may start programs or reach the network, and is not of this project, is asked about
 * once, and remembered by its content: a changed text is another workflow.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { userFolders } from '../config/index.ts';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { Permission } from '../steps/define.ts';
import { type ManifestFile, type ManifestPermission, manifestOfWorkflow } from './manifest.ts';
import { type CompiledWorkflow, compileWorkflow } from './prepare-run.ts';
import type { Project } from './project.ts';
import { workflowOf } from './run-workflow.ts';

/** What a person has to decide before the workflow may run. */
export interface TrustQuestion {
  workflow: string;
  /** Not of this project, and not trusted yet. */
  files: ManifestFile[];
  /** What they may do beyond reading and writing files of the run's folder. */
  permissions: ManifestPermission[];
}

const ASKED_ABOUT: readonly Permission['to'][] = ['unsandboxed', 'run', 'engine', 'model', 'connect'];

/** Undefined when nothing has to be decided. */
export function trustQuestion(
  project: Project,
  request: { workflow: string; source?: string },
): TrustQuestion | undefined {
  return questionAbout(project, compileWorkflow(project, workflowOf(project, request)));
}

export function questionAbout(project: Project, workflow: CompiledWorkflow): TrustQuestion | undefined {
  const { workflows } = project.config.trust;
  if (workflows === 'all' || workflow.file === undefined) return undefined;
  const manifest = manifestOfWorkflow(project, workflow);
  const isKnown = ({ sha256 }: ManifestFile): boolean =>
    workflows !== 'none' && existsSync(path.join(trustFolder(project), sha256));
  const files = manifest.files.filter((file) => file.outside && !isKnown(file));
  const permissions = manifest.permissions.filter(({ to }) => ASKED_ABOUT.includes(to));
  if (files.length === 0 || permissions.length === 0) return undefined;
  return { workflow: workflow.plan.name, files, permissions };
}

/** Remembers the decision, for all projects of the user. @throws {KeystoneError} NOT_TRUSTED where the configuration trusts nothing. */
export function trust(project: Project, question: TrustQuestion): void {
  if (project.config.trust.workflows === 'none') throw notTrusted(project, question);
  const folder = trustFolder(project);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const at = new Date(project.clock.now()).toISOString();
  for (const { file, sha256 } of question.files)
    writeFileSync(path.join(folder, sha256), `${JSON.stringify({ file, at })}\n`, { mode: 0o600 });
}

/** @throws {KeystoneError} NOT_TRUSTED (exit 4) */
export function refuseUntrusted(project: Project, workflow: CompiledWorkflow): void {
  const question = questionAbout(project, workflow);
  if (question !== undefined) throw notTrusted(project, question);
}

/** One file for each trusted text: two processes cannot lose each other's decision. */
const trustFolder = ({ config }: Project): string =>
  path.join(userFolders(config.environment).data, 'trusted-workflows');

function notTrusted({ config }: Project, { files, permissions }: TrustQuestion): KeystoneError {
  const does = permissions.slice(0, 5).map(({ to, what }) => `${to} ${what.split('\n')[0]}`);
  const more = permissions.length > 5 ? ` and ${permissions.length - 5} more` : '';
  return new KeystoneError(
    'NOT_TRUSTED',
    `${files.map(({ file }) => file).join(', ')}: from outside this project and not trusted yet; may ${does.join('; ')}${more}`,
    {
      exitCode: EXIT.refused,
      hint:
        config.trust.workflows === 'none'
          ? 'the configuration trusts no workflow from outside the project (trust.workflows: none)'
          : 'look at it with keystone manifest, then run it with --trust; it is asked once for each content',
    },
  );
}
