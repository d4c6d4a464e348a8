/** A process that uses lanes until it is killed, or ends by itself: `node lane-program-victim.ts <folder> <script>…`. */
import { runCommand } from '../../../src/services/process/run-command.ts';

const [folder = '/', attempt = '', ...scripts] = process.argv.slice(2);
for (const script of [...Array<string>(20).fill('echo $PPID'), ...scripts]) {
  const chunks: Buffer[] = [];
  await runCommand({
    command: '/bin/sh',
    args: ['-c', script],
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', KEYSTONE_ATTEMPT: attempt },
    onOutput: (_name, chunk) => void chunks.push(chunk),
  });
  process.stdout.write(Buffer.concat(chunks));
}
