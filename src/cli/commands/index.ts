/** All commands, in the order help and docs list them. */
import type { CommandSpec } from '../command.ts';
import { answerCommand } from './answer.ts';
import { artifactsGetCommand } from './artifacts-get.ts';
import { artifactsListCommand } from './artifacts-list.ts';
import { cancelCommand } from './cancel.ts';
import { completeCommand } from './complete.ts';
import { completionCommand } from './completion.ts';
import { configCheckCommand } from './config-check.ts';
import { configMigrateCommand } from './config-migrate.ts';
import { configShowCommand } from './config-show.ts';
import { dbCheckpointCommand } from './db-checkpoint.ts';
import { dedupClearCommand } from './dedup-clear.ts';
import { dedupListCommand } from './dedup-list.ts';
import { dedupPruneCommand } from './dedup-prune.ts';
import { doctorCommand } from './doctor.ts';
import { eventCommand } from './event.ts';
import { graphCommand } from './graph.ts';
import { historyCommand } from './history.ts';
import { initCommand } from './init.ts';
import { logsCommand } from './logs.ts';
import { manifestCommand } from './manifest.ts';
import { mockLlmCommand } from './mock-llm.ts';
import { pauseCommand } from './pause.ts';
import { poolsCommand } from './pools.ts';
import { pruneCommand } from './prune.ts';
import { rerunCommand } from './rerun.ts';
import { resumeCommand } from './resume.ts';
import { rollbackCommand } from './rollback.ts';
import { runCommand } from './run.ts';
import { schedulerCommand } from './scheduler.ts';
import { schemaCommand } from './schema.ts';
import { showCommand } from './show.ts';
import { timersCommand } from './timers.ts';
import { unpauseCommand } from './unpause.ts';
import { validateCommand } from './validate.ts';
import { whyCommand } from './why.ts';
import { workflowsCommand } from './workflows.ts';

export const COMMANDS: readonly CommandSpec[] = [
  runCommand,
  resumeCommand,
  rerunCommand,
  cancelCommand,
  pauseCommand,
  unpauseCommand,
  rollbackCommand,
  answerCommand,
  eventCommand,
  validateCommand,
  graphCommand,
  manifestCommand,
  historyCommand,
  showCommand,
  logsCommand,
  whyCommand,
  timersCommand,
  poolsCommand,
  schedulerCommand,
  artifactsListCommand,
  artifactsGetCommand,
  dedupListCommand,
  dedupClearCommand,
  dedupPruneCommand,
  workflowsCommand,
  initCommand,
  schemaCommand,
  configShowCommand,
  configCheckCommand,
  configMigrateCommand,
  doctorCommand,
  mockLlmCommand,
  pruneCommand,
  dbCheckpointCommand,
  completionCommand,
  completeCommand,
];

/** What subcommands have in common, by their first word. */
export const GROUP_SUMMARIES: Readonly<Record<string, string>> = {
  artifacts: 'list and get the files that runs keep under names',
  config: 'show, check and move the configuration',
  dedup: 'look at and clear the results that idempotencyKey and memoize keep',
  db: 'look after the database of runs',
};
