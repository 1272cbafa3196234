import { BlockList, isIP } from 'node:net';

/**
 * IPv4 that nobody on the internet is reached at (IANA special-purpose registry), and two addresses of clouds at which a
 * machine is told its own secrets; 169.254.169.254 is link-local.
 */
const CLOSED_V4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.175.48.0/24'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4', '168.63.129.16/32'],
];

/** Of IPv6 only what is handed out is open, without what stands for IPv4 (6to4, Teredo) or for nobody (documentation). */
const OPEN_V6 = ['2000::/3'];
const CLOSED_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

const closedV4 = listOf(CLOSED_V4, 'ipv4');
const openV6 = listOf(OPEN_V6, 'ipv6');
const closedV6 = listOf(CLOSED_V6, 'ipv6');

/**
 * Whether an IP address is one of the public internet. Not: loopback, private, shared (CGNAT), link-local, multicast,
 * reserved, unique local, and every form of IPv6 that has an IPv4 address inside (mapped, compatible, 6to4, NAT64, Teredo).
 */
export function isPublic(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !closedV4.check(address, 'ipv4');
    case 6:
      // A zone ("%eth0") names an interface of this machine.
      return !address.includes('%') && openV6.check(address, 'ipv6') && !closedV6.check(address, 'ipv6');
    default:
      return false;
  }
}

function listOf(subnets: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [net = '', bits] = subnet.split('/');
    list.addSubnet(net, Number(bits), family);
  }
  return list;
}
