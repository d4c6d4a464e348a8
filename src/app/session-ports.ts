/** What a run may ask of the world around it: environment, logs, blobs, events, child runs. */
import type { RunPorts } from '../runtime/index.ts';
import { childEnvironment } from '../services/process/child-environment.ts';
import { endOrphans } from '../services/process/orphans.ts';
import { type ChildParent, childPorts } from './child-ports.ts';
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
  const { project, engine, redactor, cwd, workflow } = options;
  const folder = logsFolder(stateFolder(project), options.setup.runId);
  return {
    processEnv: childEnvironment({
      base: project.config.environment,
      env: {},
      secrets: secretValues(options),
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
    openBlob: () => redactedBlob(engine.store.blobs.open(), redactor),
    ...kindPorts(options),
    ...childPorts(session),
    emit: async ({ event, data, scope, ttlMs }, key) => {
      const ts = project.clock.now();
      await engine.store.publish({
        name: event,
        data: redactor.seal(data),
        ...(scope === 'run' && { scope: host().run.rootRunId }),
        ts,
        expiresAt: ts + ttlMs,
        key,
      });
      engine.lookSoon();
    },
    pause: () => {
      const { rootRunId } = options.setup;
      (engine.runs.find(({ run }) => run.runId === rootRunId) ?? host()).send({ type: 'PAUSE' });
    },
    dedup: engine.store.dedup,
    lookForEvents: () => engine.lookSoon(),
    ...placesIn(workflow),
    endOrphans: async (attemptId, processGroup) => {
      await endOrphans([{ attemptId, ...(processGroup !== undefined && { processGroup }) }]);
    },
  };
}

/** Values no child may find in its environment unless the workflow puts them there. */
function secretValues({ workflow, setup }: SessionOptions): string[] {
  return Object.entries(workflow.plan.inputs)
    .filter(([, spec]) => spec.secret)
    .map(([name]) => setup.inputs[name])
    .filter((value): value is string => typeof value === 'string');
}
