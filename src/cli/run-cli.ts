/** One invocation of the command line, from argv to exit code. Never throws. */
import { environmentColor, isDumbTerminal } from '../config/index.ts';
import { createContext, type World } from './context.ts';
import { describeError } from './output/describe-error.ts';
import { parseInvocation } from './program.ts';
import { Terminal } from './terminal.ts';

export async function runCli(argv: readonly string[], world: World): Promise<number> {
  const terminal = earlyTerminal(argv, world);
  try {
    const invocation = await parseInvocation(argv, terminal);
    if (invocation === undefined) return 0;
    const context = createContext(world, invocation.input.options, terminal);
    return await invocation.spec.run(context, invocation.input);
  } catch (error) {
    const { exitCode, text } = await describeError(error, { terminal, argv, cwd: world.cwd });
    if (text !== '') terminal.complain(text);
    return exitCode;
  }
}

/** Knows what must be known before argv is parsed properly, so that even its errors look right. */
function earlyTerminal(argv: readonly string[], world: World): Terminal {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  return new Terminal(world.streams, {
    color: words.includes('--no-color') ? 'never' : environmentColor(),
    quiet: words.includes('--quiet') || words.includes('-q'),
    dumb: isDumbTerminal(),
  });
}
