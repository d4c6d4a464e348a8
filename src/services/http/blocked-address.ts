/** Which addresses are not of the public internet: what a request must not reach unless it is allowed to. */
import { isIP } from 'node:net';

/** First address, length of the prefix, and what it is. Longer prefixes before those that hold them. */
const IPV4: readonly (readonly [network: string, prefix: number, what: string])[] = [
  ['0.0.0.0', 8, 'an unspecified address, which means this machine'],
  ['10.0.0.0', 8, 'a private address'],
  ['100.64.0.0', 10, "an address inside a provider's network (CGNAT)"],
  ['127.0.0.0', 8, 'a loopback address'],
  ['168.63.129.16', 32, 'the metadata address of a cloud'],
  ['169.254.169.254', 32, 'the metadata address of clouds'],
  ['169.254.170.2', 32, 'the metadata address of containers'],
  ['169.254.0.0', 16, 'a link-local address'],
  ['172.16.0.0', 12, 'a private address'],
  ['192.0.0.0', 24, 'an address for protocols'],
  ['192.0.2.0', 24, 'an address for documentation'],
  ['192.88.99.0', 24, 'an address of 6to4 relays'],
  ['192.168.0.0', 16, 'a private address'],
  ['198.18.0.0', 15, 'an address for benchmarks'],
  ['198.51.100.0', 24, 'an address for documentation'],
  ['203.0.113.0', 24, 'an address for documentation'],
  ['224.0.0.0', 4, 'a multicast address'],
  ['240.0.0.0', 4, 'a reserved address'],
];

const IPV6: readonly (readonly [network: string, prefix: number, what: string])[] = [
  ['::', 128, 'an unspecified address, which means this machine'],
  ['::1', 128, 'a loopback address'],
  ['fd00:ec2::254', 128, 'the metadata address of clouds'],
  ['fc00::', 7, 'a private address'],
  ['fe80::', 10, 'a link-local address'],
  ['fec0::', 10, 'a site-local address'],
  ['ff00::', 8, 'a multicast address'],
  ['2001::', 23, 'an address for protocols'],
  ['2001:db8::', 32, 'an address for documentation'],
  ['3fff::', 20, 'an address for documentation'],
];

/** IPv6 addresses that stand for an IPv4 address, and the bit it begins at. */
const EMBEDDING: readonly (readonly [network: string, prefix: number, at: number])[] = [
  ['::ffff:0:0', 96, 96],
  ['64:ff9b::', 96, 96],
  ['2002::', 16, 16],
];

/**
 * @param address IPv4 or IPv6, without brackets, as a resolver gives it; a zone (`%eth0`) is ignored.
 * @returns what it is, to follow "…, "; undefined for an address of the public internet.
 */
export function blockedBecause(address: string): string | undefined {
  const plain = address.replace(/%.*$/, '');
  const family = isIP(plain);
  if (family === 4) return blockedIPv4(ipv4(plain));
  if (family === 6) return blockedIPv6(ipv6(plain));
  return 'not an address';
}

function blockedIPv4(address: number): string | undefined {
  for (const [network, prefix, what] of IPV4)
    if (address >>> (32 - prefix) === ipv4(network) >>> (32 - prefix)) return what;
  return undefined;
}

function blockedIPv6(address: bigint): string | undefined {
  const within = (network: string, prefix: number): boolean =>
    address >> BigInt(128 - prefix) === ipv6(network) >> BigInt(128 - prefix);
  for (const [network, prefix, what] of IPV6) if (within(network, prefix)) return what;
  for (const [network, prefix, at] of EMBEDDING) {
    if (!within(network, prefix)) continue;
    const inner = Number((address >> BigInt(96 - at)) & 0xffff_ffffn);
    const what = blockedIPv4(inner);
    return what && `${what} (${dotted(inner)}) written as IPv6`;
  }
  // Everything that is given out to the public begins with 001.
  return within('2000::', 3) ? undefined : 'a reserved address';
}

function ipv4(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

const dotted = (address: number): string =>
  [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');

/** @param text valid, without a zone; its last 32 bits may be dotted. */
function ipv6(text: string): bigint {
  const dots = /[^:]*\.[^:]*$/.exec(text)?.[0];
  const last = dots === undefined ? 0 : ipv4(dots);
  const hex =
    dots === undefined
      ? text
      : text.slice(0, -dots.length) + [last >>> 16, last & 0xffff].map((part) => part.toString(16)).join(':');
  const [head = '', tail] = hex.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => '0');
  return [...front, ...zeros, ...back].reduce(
    (sum, group) => (sum << 16n) | BigInt(Number.parseInt(group, 16)),
    0n,
  );
}
