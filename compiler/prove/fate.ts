/** How a step can end, as single values and as sets of them in the bits of a number. */

/** `allowed`: failed, but `allowFailure` makes it count as a success. */
export type Fate = 'success' | 'allowed' | 'failed' | 'skipped' | 'canceled';

export const FATES: readonly Fate[] = ['success', 'allowed', 'failed', 'skipped', 'canceled'];

/** A set of fates. */
export type Fates = number;

export const BIT: Readonly<Record<Fate, Fates>> = {
  success: 1,
  allowed: 2,
  failed: 4,
  skipped: 8,
  canceled: 16,
};

/** What counts as success for needs. */
export const SUCCEEDED: Fates = BIT.success | BIT.allowed;

export const has = (set: Fates, fate: Fate): boolean => (set & BIT[fate]) !== 0;

const LISTS: readonly (readonly Fate[])[] = Array.from({ length: 32 }, (_, set) =>
  FATES.filter((fate) => has(set, fate)),
);

export const fatesIn = (set: Fates): readonly Fate[] => LISTS[set] ?? [];

/** The status the ledger shows. */
export const statusOf = (fate: Fate): 'success' | 'failed' | 'skipped' | 'canceled' =>
  fate === 'allowed' ? 'success' : fate;
