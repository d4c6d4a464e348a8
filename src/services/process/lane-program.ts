/**
 * What a lane runs, and the language it is spoken to in. A few lines of Perl and not of shell, because only there a step can be
 * started exactly as `spawn` does it: leader of its own session and process group, any environment, the very wait status.
 */
import { existsSync, readlinkSync } from 'node:fs';

/** Part of every Debian, Ubuntu and most other Linux systems; without it there are no lanes. */
export const LANE_INTERPRETER = '/usr/bin/perl';

/** Numbers of setsid(2); Perl has no name for it without loading a module that makes each fork dearer. */
const SETSID: Readonly<Record<string, number>> = { x64: 112, arm64: 157 };

/** Whether there can be lanes: they reach keystone's open files through /proc, so it must be the one of our own pid namespace. */
export function areLanesPossible(): boolean {
  if (process.platform !== 'linux' || !(process.arch in SETSID) || !existsSync(LANE_INTERPRETER))
    return false;
  try {
    return readlinkSync('/proc/self') === String(process.pid);
  } catch {
    return false;
  }
}

/** Arguments of the interpreter. */
export function laneArguments(): string[] {
  return ['-e', PROGRAM, String(process.pid), String(SETSID[process.arch])];
}

/**
 * First it makes two pipes and says their numbers; keystone opens the reading ends, says the numbers they got there, and the
 * lane forgets its own. From then on it opens them for writing through keystone's table of open files, anew for each step:
 * so a pipe comes to its end when the last process of a step is gone, and nothing can start once keystone is.
 */
const PROGRAM = String.raw`
my ($owner, $setsid) = @ARGV;
$SIG{FPE} = 'DEFAULT';
my $unread = '';
sub take {
  my $count = shift;
  while (length $unread < $count) { sysread(STDIN, $unread, 65536, length $unread) or exit }
  return substr $unread, 0, $count, '';
}
sub message { return split /\0/, take(unpack 'N', take(4)), -1 }
sub answer { syswrite STDOUT, "$_[0]\n" }
open my $told, '>&', \*STDOUT or exit;
my ($out, $err, @files);
{
  pipe my $o, my $ow or exit;
  pipe my $e, my $ew or exit;
  answer(fileno($o) . ' ' . fileno($e));
  @files = map { "/proc/$owner/fd/$_" } message();
}
sub pipes { return sysopen($out, $files[0], 1) && sysopen($err, $files[1], 1) }
pipes() or exit;
close $out; close $err;
answer('ready');
for (;;) {
  my ($fields, $words, $folder, @rest) = message();
  unless (@rest == $fields && chdir $folder && pipes()) { chdir '/'; answer('!'); next }
  my $pid = fork;
  if (defined $pid && $pid == 0) {
    syscall $setsid;
    my @command = splice @rest, 0, $words;
    %ENV = map { split /=/, $_, 2 } @rest;
    exec { $command[0] } @command
      if open(STDIN, '<', '/dev/null') && open(STDOUT, '>&', $out) && open(STDERR, '>&', $err);
    syswrite $told, '!';
    kill 9, $$;
  }
  chdir '/';
  close $out; close $err;
  if (defined $pid) { waitpid $pid, 0; answer("$? $pid") } else { answer('!') }
}
`;

/** Texts in one message, as UTF-8. */
export function encodeMessage(texts: readonly string[]): Buffer {
  const text = texts.join('\0');
  const bytes = Buffer.byteLength(text);
  const message = Buffer.allocUnsafe(4 + bytes);
  message.writeUInt32BE(bytes, 0);
  message.write(text, 4);
  return message;
}

export interface LaneCommand {
  command: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
}

/** The lane compares the number of texts with what it got, so a NUL character in one of them is refused and not taken for two. */
export function encodeCommand({ command, args, cwd, env }: LaneCommand): Buffer {
  const rest = [command, ...args];
  const words = rest.length;
  for (const name in env) rest.push(`${name}=${env[name]}`);
  return encodeMessage([String(rest.length), String(words), cwd, ...rest]);
}

export interface LaneAnswer {
  pid: number;
  /** As wait(2) gives it: the signal in the low seven bits, the exit code above the eighth. */
  status: number;
}

/** @returns undefined when the command was not started. */
export function parseAnswer(line: string): LaneAnswer | undefined {
  const match = /^(\d+) (\d+)$/.exec(line);
  return match === null ? undefined : { status: Number(match[1]), pid: Number(match[2]) };
}
