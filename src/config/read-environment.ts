/** `KEYSTONE_*` variables (and NO_COLOR, FORCE_COLOR) → settings. */
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import { complaintAbout } from './check-value.ts';
import { CONFIG_KEYS, type ConfigKey } from './keys.ts';

export interface VariableSetting {
  value: unknown;
  variable: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings by dotted key; pools as `pools.<name>`. @throws {KeystoneError} CONFIG_VALUE (exit 2) for a value that cannot be used. */
export function readEnvironment(env: Environment): Map<string, VariableSetting> {
  const settings = new Map<string, VariableSetting>();
  if (isSet(env.FORCE_COLOR) && env.FORCE_COLOR !== '0')
    settings.set('ui.color', { value: 'always', variable: 'FORCE_COLOR' });
  if (isSet(env.NO_COLOR)) settings.set('ui.color', { value: 'never', variable: 'NO_COLOR' });
  for (const leaf of CONFIG_KEYS) {
    const text = env[leaf.variable];
    if (!isSet(text)) continue;
    if (leaf.key === 'pools') readPools(text, leaf, settings);
    else if (leaf.entries !== undefined)
      throw unusable(
        leaf.variable,
        `"${leaf.key}" cannot be given by a variable`,
        'write it into a config.yaml',
      );
    else settings.set(leaf.key, { value: typedValue(text, leaf), variable: leaf.variable });
  }
  return settings;
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

function typedValue(text: string, leaf: ConfigKey): unknown {
  const value =
    leaf.schema.type === 'integer' || leaf.schema.type === 'number'
      ? asNumber(text)
      : leaf.schema.type === 'boolean'
        ? asBoolean(text)
        : leaf.schema.type === 'array'
          ? text.split(',').map((part) => part.trim())
          : text;
  const numeric = leaf.schema.anyOf !== undefined && /^\d+$/.test(text) ? Number(text) : value;
  refuseUnless(leaf, numeric);
  return numeric;
}

function asNumber(text: string): number | string {
  return /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
}

function asBoolean(text: string): boolean | string {
  if (['1', 'true', 'yes', 'on'].includes(text.toLowerCase())) return true;
  if (['0', 'false', 'no', 'off'].includes(text.toLowerCase())) return false;
  return text;
}

/** `shell=8,api=2` */
function readPools(text: string, leaf: ConfigKey, settings: Map<string, VariableSetting>): void {
  for (const pair of text.split(',')) {
    const match = /^\s*([a-z0-9][a-z0-9_-]*)\s*=\s*([1-9]\d*)\s*$/.exec(pair);
    if (match === null)
      throw unusable(leaf.variable, `"${pair}" is not of the form name=limit`, 'write it like shell=8,api=2');
    settings.set(`pools.${match[1]}`, { value: Number(match[2]), variable: leaf.variable });
  }
}

function refuseUnless(leaf: ConfigKey, value: unknown): void {
  const complaint = complaintAbout(leaf.schema, value);
  if (complaint !== undefined)
    throw unusable(leaf.variable, complaint, `unset ${leaf.variable}, or give it such a value`);
}

function unusable(variable: string, message: string, hint: string): KeystoneError {
  return new KeystoneError('CONFIG_VALUE', `environment variable ${variable}: ${message}`, {
    exitCode: EXIT.usage,
    hint,
  });
}
