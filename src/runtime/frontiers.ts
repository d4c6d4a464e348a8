/** Who is next in a fleet: items of a foreach by index, members of a wide block by dependency counters. Rebuilt from the ledger. */
import type { FleetMember as EmittedMember } from '#compiler';
import type { FleetMember, Frontier } from '#machines';

/** Items `0 … size-1` in order; those already settled are not run again. */
export class ItemFrontier implements Frontier {
  private next = 0;
  private inFlight: ReadonlySet<string> | undefined;

  constructor(
    private readonly path: string,
    private readonly size: number,
    readonly window: number,
    private readonly isSettled: (path: string) => boolean,
  ) {}

  take(max: number, inFlight: Iterable<string>): FleetMember[] {
    this.inFlight ??= new Set(inFlight);
    const members: FleetMember[] = [];
    while (members.length < max && this.next < this.size) {
      const path = `${this.path}[${this.next++}]`;
      if (!this.inFlight.has(path) && !this.isSettled(path))
        members.push({ key: path, src: 'step', input: { path } });
    }
    return members;
  }

  settle(): void {
    // The order of items does not depend on who ended.
  }
}

export interface BlockFrontierOptions {
  members: readonly EmittedMember[];
  window: number;
  /** Ledger path of a member that is a step. */
  pathOf(id: string): string;
  /** All steps of the member are in the ledger. */
  isSettled(member: EmittedMember): boolean;
}

/** Members become ready when all they need has settled: O(out-degree) an event. */
export class BlockFrontier implements Frontier {
  readonly window: number;
  private readonly dependents = new Map<string, string[]>();
  private readonly missing = new Map<string, number>();
  private readonly byKey = new Map<string, EmittedMember>();
  private readonly ready: string[] = [];
  private readonly ended = new Set<string>();
  private head = 0;
  private begun = false;

  constructor(private readonly options: BlockFrontierOptions) {
    this.window = options.window;
    const keys = new Map(options.members.map((member) => [member.key, this.keyOf(member)]));
    for (const member of options.members) {
      const key = this.keyOf(member);
      this.byKey.set(key, member);
      this.missing.set(key, member.needs.length);
      for (const need of member.needs) {
        const needed = keys.get(need) ?? need;
        const list = this.dependents.get(needed);
        if (list === undefined) this.dependents.set(needed, [key]);
        else list.push(key);
      }
    }
  }

  take(max: number, inFlight: Iterable<string>): FleetMember[] {
    this.begin(inFlight);
    const members: FleetMember[] = [];
    while (members.length < max && this.head < this.ready.length) {
      const key = this.ready[this.head++];
      const member = key === undefined ? undefined : this.byKey.get(key);
      if (key === undefined || member === undefined) continue;
      members.push(
        member.body === undefined ? { key, src: 'step', input: { path: key } } : { key, src: key, input: {} },
      );
    }
    return members;
  }

  settle(key: string, inFlight: Iterable<string>): void {
    this.begin(inFlight);
    this.end(key, (dependent) => this.ready.push(dependent));
  }

  private keyOf({ key, body }: EmittedMember): string {
    return body === undefined ? this.options.pathOf(key) : key;
  }

  /** First look at the ledger: what was settled before counts as ended, what is in flight is not handed out again. */
  private begin(inFlight: Iterable<string>): void {
    if (this.begun) return;
    this.begun = true;
    const flying = new Set(inFlight);
    for (const [key, member] of this.byKey) {
      if (!flying.has(key) && this.options.isSettled(member)) this.end(key, () => {});
    }
    for (const key of this.byKey.keys()) {
      if (this.missing.get(key) === 0 && !this.ended.has(key) && !flying.has(key)) this.ready.push(key);
    }
  }

  private end(key: string, announce: (dependent: string) => void): void {
    if (this.ended.has(key)) return;
    this.ended.add(key);
    for (const dependent of this.dependents.get(key) ?? []) {
      const left = (this.missing.get(dependent) ?? 0) - 1;
      this.missing.set(dependent, left);
      if (left === 0) announce(dependent);
    }
  }
}
