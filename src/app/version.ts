/** The version of this engine, recorded with every run. */
declare const KEYSTONE_VERSION: string | undefined;

export const ENGINE_VERSION: string =
  typeof KEYSTONE_VERSION === 'string' ? KEYSTONE_VERSION : '0.0.0-source';
