/** The sections by name, one file each. A section enters the configuration by its line here. */
import type { TSchema } from '@sinclair/typebox';
import { embeddings } from './embeddings.ts';
import { engines } from './engines.ts';
import { memory } from './memory.ts';
import { defaultProvider, modelMappings } from './models.ts';
import { providers } from './providers.ts';
import { request } from './request.ts';
import { script } from './script.ts';
import { secrets } from './secrets.ts';
import type { Section, Settings } from './section.ts';
import { shell } from './shell.ts';
import { trust } from './trust.ts';

const sections = {
  request,
  memory,
  embeddings,
  engines,
  providers,
  default_provider: defaultProvider,
  model_mappings: modelMappings,
  secrets,
  shell,
  trust,
  script,
} satisfies Record<string, Section<unknown>>;

export type Sections = {
  readonly [Name in keyof typeof sections]: ReturnType<(typeof sections)[Name]['read']>;
};

export const sectionSchemas: Readonly<Record<string, TSchema>> = Object.fromEntries(
  Object.entries(sections).map(([name, { schema }]) => [name, schema]),
);

/** Every section, read. */
export function readSections(settings: Settings): Sections {
  // The parsing edge: the names are those of the table, the values what each section says it reads.
  return Object.fromEntries(
    Object.entries(sections).map(([name, section]) => [name, section.read(settings)]),
  ) as Sections;
}
