/** A thread that runs scripts, one after another, each in a new engine. Started by `thread.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { Engine } from './engine.ts';
import { Guest, type GuestHost } from './guest.ts';
import type { FromThread, SandboxEnd, SandboxJob, ThreadData, ToThread } from './messages.ts';

const { module, stop }: ThreadData = workerData;
const stopFlag = new Int32Array(stop);
const port = parentPort;
if (port === null) throw new Error('this is no thread');

const USUAL_MEMORY_MB = 64;
/** A script may print so much; it would otherwise fill the memory of whoever listens. */
const MAX_PRINTED = 10 * 1024 * 1024;

const tell = (message: FromThread): void => port.postMessage(message);

/** Made while nothing is to be done, so that the next script finds one. */
let next: Promise<Engine> = Engine.create(module, USUAL_MEMORY_MB);
let current: { guest: Guest; engine: Engine } | undefined;

async function run(job: SandboxJob): Promise<void> {
  let engine = await next;
  if (engine.memoryLimitMb !== job.memoryLimitMb) engine = await Engine.create(module, job.memoryLimitMb);
  const guest = new Guest(engine, job, hostFor());
  current = { guest, engine };
  settle(guest.start());
}

function hostFor(): GuestHost {
  let printed = 0;
  return {
    print(stream, text) {
      if (printed > MAX_PRINTED) return;
      printed += text.length;
      const rest = printed > MAX_PRINTED ? '(nothing more of what the script prints is kept)\n' : '';
      tell({ type: 'console', stream, text: text.slice(0, MAX_PRINTED) + rest });
    },
    call: (call, name, json) => tell({ type: 'call', call, name, json }),
    isStopped: () => Atomics.load(stopFlag, 0) !== 0,
  };
}

function settle(end: SandboxEnd | undefined): void {
  if (end === undefined || current === undefined) return;
  const { guest, engine } = current;
  current = undefined;
  tell({ type: 'end', end });
  next = following(guest, engine, end);
}

/** What was stopped in the middle, or had no memory, is never used again. */
async function following(guest: Guest, engine: Engine, { how }: SandboxEnd): Promise<Engine> {
  const isTidy = how !== 'stopped' && how !== 'memory' && guest.close();
  return (isTidy ? engine.renewed() : undefined) ?? Engine.create(module, engine.memoryLimitMb);
}

port.on('message', (message: ToThread) => {
  switch (message.type) {
    case 'run':
      void run(message.job);
      return;
    case 'answer':
      settle(current?.guest.answer(message.call, message.ok, message.json));
      return;
    case 'stop':
      settle({ how: 'stopped' });
      return;
    default:
      message satisfies never;
  }
});

void next.then(() => tell({ type: 'ready' }));
