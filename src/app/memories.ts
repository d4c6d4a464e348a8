/** The memories of a project: its own and the user's, opened when first used, closed with the project's engine. */
import path from 'node:path';
import { userFolders } from '../config/index.ts';
import type { MemoryScope } from '../services/memory/memory-service.ts';
import { openMemory } from '../store/index.ts';
import type { MemoryStore } from '../store/memory-port.ts';
import type { Project } from './project.ts';

const MEMORY_FILE = 'memory.db';

const open = new WeakMap<Project, Map<MemoryScope, Promise<MemoryStore>>>();

export const memoryFile = ({ config }: Project, scope: MemoryScope): string =>
  scope === 'project'
    ? path.join(path.dirname(config.storage.path), MEMORY_FILE)
    : path.join(userFolders(config.environment).data, MEMORY_FILE);

/** @throws {KeystoneError} as `openMemory`; asked again, it tries again. */
export async function memoryOf(project: Project, scope: MemoryScope): Promise<MemoryStore> {
  const stores = open.get(project) ?? new Map<MemoryScope, Promise<MemoryStore>>();
  open.set(project, stores);
  const known = stores.get(scope);
  if (known !== undefined) return known;
  const { durability } = project.config.storage;
  const opening = openMemory({ path: memoryFile(project, scope), durability });
  stores.set(scope, opening);
  opening.catch(() => stores.delete(scope));
  return opening;
}

export async function closeMemories(project: Project): Promise<void> {
  const stores = open.get(project);
  if (stores === undefined) return;
  open.delete(project);
  for (const opening of stores.values()) await opening.then((store) => store.close()).catch(() => {});
}
