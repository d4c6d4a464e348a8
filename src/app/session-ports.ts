/** What a run may ask of the world around it: environment, logs, blobs, events, child runs. */
import { StepFailure } from '../kernel/failure.ts';
import type { RunPorts } from '../runtime/index.ts';
import { childEnvironment } from '../services/process/child-environment.ts';
import { endOrphans } from '../services/process/orphans.ts';
import { type ChildParent, childPorts } from './child-ports.ts';
import { linePorts } from './line-ports.ts';
import { placesIn } from './places-in.ts';
import { stateFolder } from './project.ts';
import { logsFolder, openLogWriter } from './run-logs.ts';
import { redactedBlob } from './sealer.ts';
import type { SessionOptions } from './session-options.ts';
import { kindPorts } from './step-services.ts';

export interface PortsOfSession extends ChildParent {
  /** Somebody listens to its events. */
  isWatched(): boolean;
}

export function sessionPorts(session: PortsOfSession): RunPorts {
  const { options, host } = session;
  const { project, engine, secrets, redactor, cwd, workflow } = options;
  const folder = logsFolder(stateFolder(project), options.setup.runId);
  return {
    processEnv: childEnvironment({
      base: project.config.environment,
      env: {},
      secrets: redactor.texts,
      secretNames: secretVariables(options),
    }),
    cwd,
    openLog: (path, attempt, epoch) =>
      openLogWriter({
        folder,
        path,
        attempt,
        epoch,
        redactor,
        onText: (stream, text) => {
          if (!session.isWatched()) return;
          const step = path.replace(/^.*\//, '').replace(/\[.*$/, '');
          host().run.recorder.emit({ type: 'step.output', step, path, attempt, stream, text });
        },
      }),
    openBlob: () => redactedBlob(engine.store.blobs.open(options.setup.runId), redactor),
    ...kindPorts(options),
    ...linePorts(options),
    ...childPorts(session),
    emit: async ({ event, data, scope, ttlMs }, key) => {
      if (redactor.text(event) !== event)
        throw new StepFailure('SECRET_IN_NAME', 'the name of the event holds a secret; put it into "data"');
      const ts = project.clock.now();
      await engine.store.publish({
        name: event,
        data: secrets.sealEvent(data, options.setup.runId),
        ...(scope === 'run' && { scope: host().run.rootRunId }),
        ts,
        expiresAt: ts + ttlMs,
        key,
      });
      engine.lookSoon();
    },
    openEvent: (data) => secrets.openEvent(data),
    pause: () => {
      const { rootRunId } = options.setup;
      (engine.runs.find(({ run }) => run.runId === rootRunId) ?? host()).send({ type: 'PAUSE' });
    },
    dedup: engine.store.dedup,
    lookForEvents: () => engine.lookSoon(),
    ...placesIn(workflow),
    endOrphans: async (attemptId, processGroup, startedAt) => {
      const group = processGroup === undefined ? {} : { processGroup };
      await endOrphans([{ attemptId, ...group, ...(startedAt !== undefined && { startedAt }) }]);
    },
  };
}

/** Names of variables no child may find unless the workflow hands them on. */
function secretVariables({ project, secrets }: SessionOptions): string[] {
  const read = Object.keys(secrets.all).flatMap((name) => [name, `${name}_FILE`]);
  return [...read, ...project.config.secrets.names];
}
