/**
 * Random cases of the proofs that run the whole engine: others every day, the same all day, so that what passed here passes on
 * the machine that decides. KEYSTONE_FULL=1 draws new ones each time, and many more.
 */
const DAY_MS = 86_400_000;

export const daily = (): { seed?: number } =>
  process.env.KEYSTONE_FULL === '1' ? {} : { seed: Math.floor(Date.now() / DAY_MS) };
