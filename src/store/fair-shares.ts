/** How a pool is divided between processes: equally, but nobody gets more than he asks for. */

export interface ShareClaim {
  owner: string;
  /** What he has now. */
  slots: number;
  /** What he has and what he wants besides. */
  demand: number;
  /** Since when he wants more, wall clock in ms. */
  since: number;
}

/**
 * What is left over stays where it is. When there are fewer slots than claimants, those who have none go first, and of them who
 * has waited longest: whoever holds a slot passes it on when his step has ended, so all have their turn.
 */
export function fairShares(claims: readonly ShareClaim[], limit: number): Map<string, number> {
  const shares = new Map(claims.map(({ owner }) => [owner, 0]));
  const shareOf = ({ owner }: ShareClaim): number => shares.get(owner) ?? 0;
  const give = (claim: ShareClaim, slots: number): void => {
    shares.set(claim.owner, shareOf(claim) + slots);
  };
  let left = limit;
  const wanting = (): ShareClaim[] => claims.filter((claim) => shareOf(claim) < claim.demand);
  for (let open = wanting(); open.length > 0 && left > 0; open = wanting()) {
    const each = Math.floor(left / open.length);
    if (each === 0) {
      const keeps = (claim: ShareClaim): number =>
        shareOf(claim) === 0 ? -claim.slots : Math.min(1, claim.slots - shareOf(claim));
      open.sort((a, b) => keeps(b) - keeps(a) || a.since - b.since || (a.owner < b.owner ? -1 : 1));
      for (const claim of open.slice(0, left)) give(claim, 1);
      return shares;
    }
    for (const claim of open) {
      const more = Math.min(each, claim.demand - shareOf(claim));
      give(claim, more);
      left -= more;
    }
  }
  return shares;
}
