/** How long something takes, in CPU time of this process: the wall clock also counts the test beside this one. */
export function cpuMs(act: () => void): number {
  const before = process.cpuUsage();
  act();
  return sinceMs(before);
}

/** The same of something that has to be waited for. */
export async function cpuMsOf(act: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await act();
  return sinceMs(before);
}

function sinceMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
