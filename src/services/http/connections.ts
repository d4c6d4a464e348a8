/**
 * Connections that reach only what they may: every address a name resolves to is judged, and the connection is made to
 * the addresses that were judged, so that a name that changes its mind in between gains nothing.
 */
import type { LookupAddress } from 'node:dns';
import type { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { StepFailure } from '../../kernel/failure.ts';
import { blockedBecause } from './blocked-address.ts';

/** All addresses of a name. @throws errors of `node:dns`. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

export interface ConnectionsOptions {
  /** Private, loopback and link-local addresses may be reached. */
  allowPrivateNetwork: boolean;
  /** @default the system's resolver, which knows /etc/hosts */
  resolve?: Resolve;
  /** Why an address is refused. @default blockedBecause */
  blocked?: (address: string) => string | undefined;
}

/** Kept connections are given up before most servers do it, so that few requests meet one that is just being closed. */
const IDLE_MS = 4000;
/** How long one address may take to answer before the next one is tried as well; Node's own 250 ms fail far-away hosts. */
const NEXT_ADDRESS_MS = 500;

/** Requests that share it share kept connections; never share one between different permissions. */
export class Connections {
  readonly #agents = new Map<string, Agent>();
  readonly #resolve: Resolve;
  readonly #blocked: (address: string) => string | undefined;

  constructor(options: ConnectionsOptions) {
    this.#resolve = options.resolve ?? systemResolve;
    this.#blocked = options.allowPrivateNetwork ? () => undefined : (options.blocked ?? blockedBecause);
  }

  /** @param kept whether a connection that served before may serve again. */
  async agent(protocol: 'http:' | 'https:', kept: boolean): Promise<Agent> {
    const key = `${protocol} ${kept}`;
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const { Agent } = protocol === 'https:' ? await import('node:https') : await import('node:http');
    const agent = new Agent({
      keepAlive: kept,
      ...(kept && { maxFreeSockets: 16, timeout: IDLE_MS, scheduling: 'lifo' as const }),
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
      lookup: this.#lookup,
    });
    this.#agents.set(key, agent);
    return agent;
  }

  /** For hosts that are addresses: no name is looked up for those. @throws {StepFailure} BLOCKED_ADDRESS. */
  judgeHost(host: string): void {
    if (isIP(host) !== 0) this.#judge(host, host);
  }

  /** Ends kept connections. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #judge(host: string, address: string): void {
    const why = this.#blocked(address);
    if (why === undefined) return;
    const what = host === address ? `${host} is ${why}` : `${host} resolves to ${address}, ${why}`;
    throw new StepFailure('BLOCKED_ADDRESS', `${what}; write "allowPrivateNetwork: true" if that is meant`, {
      details: { host, address },
    });
  }

  readonly #lookup: LookupFunction = (host, options, done) => {
    this.#resolve(host).then(
      (addresses) => {
        try {
          for (const { address } of addresses) this.#judge(host, address);
        } catch (error) {
          return done(error as NodeJS.ErrnoException, []);
        }
        const wanted = addresses.filter(({ family }) => !options.family || family === options.family);
        const first = wanted[0];
        if (first === undefined) return done(noAddress(host), []);
        return options.all ? done(null, [...wanted]) : done(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => done(error, []),
    );
  };
}

async function systemResolve(host: string): Promise<LookupAddress[]> {
  const { lookup } = await import('node:dns/promises');
  return lookup(host, { all: true, verbatim: true });
}

function noAddress(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND', syscall: 'getaddrinfo' });
}

const shared = new Map<boolean, Connections>();

/** Those of the process, one for each permission. */
export function sharedConnections(allowPrivateNetwork: boolean): Connections {
  const known = shared.get(allowPrivateNetwork) ?? new Connections({ allowPrivateNetwork });
  shared.set(allowPrivateNetwork, known);
  return known;
}
