#!/usr/bin/env node
/** Entry of the `keystone` command. Answers `--version` before anything else is loaded. */
import { version } from './version.ts';

const [first, ...more] = process.argv.slice(2);
if (more.length === 0 && (first === '--version' || first === '-V')) {
  process.stdout.write(`${version()}\n`);
} else {
  if (first === 'run' || first === 'resume') void import('../app/warm-up.ts').then(({ warmUp }) => warmUp());
  const { main } = await import('./main.ts');
  await main(process.argv.slice(2));
}
