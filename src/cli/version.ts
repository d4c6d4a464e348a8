/** The version: a constant in the bundle, package.json when run from source. */
import { readFileSync } from 'node:fs';

declare const KEYSTONE_VERSION: string | undefined;

export function version(): string {
  if (typeof KEYSTONE_VERSION === 'string') return KEYSTONE_VERSION;
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}
