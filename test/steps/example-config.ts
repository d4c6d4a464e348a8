/** The configuration an example needs is in its header, where its reader finds it: lines `# config: <yaml>`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes it to `.keystone/config.yaml` below `folder`, if there is any. */
export function writeExampleConfig(source: string, folder: string): void {
  const lines = [...source.matchAll(/^# config: (.*)$/gm)].map(([, line]) => line);
  if (lines.length === 0) return;
  mkdirSync(join(folder, '.keystone'), { recursive: true });
  writeFileSync(join(folder, '.keystone/config.yaml'), `${lines.join('\n')}\n`);
}
