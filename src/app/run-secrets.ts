/**
 * The secrets of one run: its secret inputs, what it reads as `secrets.<name>`, and what the run that began it knows. Each has a
 * name under which it is stored instead of its value; `secrets.<name>` is the same in all runs of a project.
 */
import { createHmac } from 'node:crypto';
import type { Plan } from '#compiler';
import type { Json, JsonObject } from '../kernel/json.ts';
import { MASK, type NamedSecret, Redactor, renameSecrets } from '../kernel/redact.ts';
import type { Project } from './project.ts';

export type SecretValues = Readonly<Record<string, string>>;

export interface RunSecretsOptions {
  plan: Plan;
  inputs: JsonObject;
  /** By name, perhaps more than the workflow itself reads. */
  values: SecretValues;
  runId?: string;
  /** Of the run that began it. */
  parent?: RunSecrets | undefined;
  /** A run that goes on without its parent knows only those secrets of it that its inputs hold. */
  detached?: boolean;
}

const SHARED = 'secrets.';
const OF_PARENT = 'parent.';

export class RunSecrets {
  /** `secrets` of the workflow's expressions. */
  readonly values: SecretValues;
  readonly redactor: Redactor;
  /** All values by name: its own, those of its sub-workflows, those whose variables are secret in any case. */
  readonly all: Record<string, string>;
  readonly #parent: RunSecrets | undefined;
  /** How names begin that belong to another run, by its id. */
  readonly #owners = new Map<string, string>();
  /** Told of what was learned after the run began. */
  onLearned: (() => void) | undefined;

  constructor({ plan, inputs, values, runId, parent, detached = false }: RunSecretsOptions) {
    this.#parent = detached ? undefined : parent;
    this.all = { ...values };
    this.values = Object.fromEntries(
      Object.entries(values).filter(([name]) => Object.hasOwn(plan.secrets ?? {}, name)),
    );
    this.redactor = new Redactor([...secretInputs(plan, inputs), ...shared(values)]);
    if (parent !== undefined) this.redactor.learn(handedOn(parent, detached ? inputs : undefined));
    if (runId !== undefined) this.#owners.set(runId, '');
    if (!detached)
      for (const [id, prefix] of parent === undefined ? [] : parent.#owners)
        this.#owners.set(id, OF_PARENT + prefix);
  }

  /** A sub-workflow that was not known beforehand has brought these; what comes out of it may hold them. */
  learn(values: SecretValues): void {
    const unknown = Object.entries(values).filter(([name]) => !Object.hasOwn(this.all, name));
    this.#parent?.learn(values);
    if (unknown.length === 0) return;
    Object.assign(this.all, Object.fromEntries(unknown));
    this.redactor.learn(shared(Object.fromEntries(unknown)));
    this.onLearned?.();
  }

  /** Of this workflow itself, and not of what its variables or other runs bring. */
  isOwn(name: string): boolean {
    return name.startsWith('inputs.') || Object.hasOwn(this.values, name.replace(SHARED, ''));
  }

  /** Data of an event as it is kept: other runs know whose secrets it holds. */
  sealEvent(data: Json, runId: string): Json {
    return renameSecrets(this.redactor.seal(data), (name) =>
      name.startsWith(SHARED) ? name : `run.${runId}.${name}`,
    );
  }

  /** The same as this run gets it: secrets that it has no part in are hidden. */
  openEvent(data: Json): Json {
    const own = renameSecrets(data, (name) => {
      const [, runId = '', rest = ''] = /^run\.([^.]+)\.(.*)$/.exec(name) ?? [];
      const prefix = this.#owners.get(runId);
      return prefix === undefined ? name : prefix + rest;
    });
    return this.redactor.unseal(own, MASK);
  }
}

function secretInputs(plan: Plan, inputs: JsonObject): NamedSecret[] {
  return Object.entries(plan.inputs).flatMap(([name, { secret }]): NamedSecret[] => {
    const value = inputs[name];
    return secret && value !== undefined && value !== null ? [[`inputs.${name}`, value]] : [];
  });
}

const shared = (values: SecretValues): NamedSecret[] =>
  Object.entries(values).map(([name, value]) => [SHARED + name, value]);

/** @param held when given, only secrets that are in it. */
function handedOn({ redactor }: RunSecrets, held: JsonObject | undefined): NamedSecret[] {
  const isHeld = (value: Json): boolean =>
    held === undefined || new Redactor([['', value]]).seal(held) !== held;
  return redactor.secrets
    .filter(([, value]) => isHeld(value))
    .map(([name, value]) => [name.startsWith(SHARED) ? name : OF_PARENT + name, value]);
}

/** What a run keeps of its secrets: by full name, what tells that one has changed and, if that is wanted, the values. */
export function pinnedSecrets({ config }: Project, { redactor }: RunSecrets, runId: string): JsonObject {
  const { secrets } = redactor;
  if (secrets.length === 0) return {};
  return {
    prints: Object.fromEntries(secrets.map(([name, value]) => [name, printOf(runId, name, value)])),
    ...(!config.storage.redactSecretsAtRest && { readable: Object.fromEntries(secrets) }),
  };
}

/** 12 bits: tells that a secret has changed, and of 4,096 guesses at it lets one pass. */
const printOf = (runId: string, name: string, value: Json): string =>
  createHmac('sha256', `${runId}\n${name}`)
    .update(typeof value === 'string' ? value : JSON.stringify(value))
    .digest('hex')
    .slice(0, 3);

/** By full name. */
export interface KeptSecrets {
  prints: JsonObject;
  /** Empty unless the run was begun with `storage.redactSecretsAtRest: false`. */
  readable: JsonObject;
}

export function keptSecrets({ prints, readable }: JsonObject): KeptSecrets {
  return { prints: objectOr(prints), readable: objectOr(readable) };
}

const objectOr = (value: Json | undefined): JsonObject =>
  value === undefined || value === null || typeof value !== 'object' || Array.isArray(value) ? {} : value;

/** Full names of secrets that are not what they were. */
export function changedSecrets({ redactor }: RunSecrets, runId: string, { prints }: KeptSecrets): string[] {
  return redactor.secrets.flatMap(([name, value]) =>
    prints[name] === undefined || prints[name] === printOf(runId, name, value) ? [] : [name],
  );
}
