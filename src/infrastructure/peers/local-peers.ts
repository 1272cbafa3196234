import type { Peer, Peers, Question, Reply } from '../../application/ports.js';
import { ConfigError, type PeersConfig } from '../config.js';
import { toldOf, type JsonLogger } from '../logger.js';
import { PeerDoor } from './door.js';
import { PeerLink } from './link.js';

export interface PeerSettings extends PeersConfig {
  /** How long a process may say nothing before it counts as away, in milliseconds. */
  readonly silenceMs: number;
}

/** The processes of this service on this machine, each of which decides about its share of the events. */
export class LocalPeers implements Peers {
  /** In the order of the sockets; null in the place of this process. */
  private readonly links: readonly (PeerLink | null)[];
  private closeDoor: () => Promise<void> = () => Promise.resolve();

  /** `greeting`: the version, which all of them must be. */
  constructor(
    private readonly settings: PeerSettings,
    private readonly greeting: string,
    logger: Pick<JsonLogger, 'log'>,
  ) {
    const { sockets, own, silenceMs } = settings;
    this.links = sockets.map((path) => {
      if (path === own) return null;
      const told = (isThere: boolean): void =>
        logger.log(isThere ? 'A peer is there' : 'A peer is away: what it would decide is decided here', {
          peer: path,
        });
      return new PeerLink(path, greeting, silenceMs, told);
    });
  }

  /** The other processes: how many there are to be, and how many of them are not there. */
  get all(): number {
    return this.links.length - 1;
  }

  get away(): number {
    return this.links.filter((link) => link !== null && !link.isThere).length;
  }

  deciderOf(eventId: string): Peer | null {
    const link = this.links[hashOf(eventId) % this.links.length] ?? null;
    return link?.isThere ? link : null;
  }

  /** Lets the others ask. Rejects with ConfigError when there can be no socket. */
  async serve(answer: (question: Question) => Promise<Reply>): Promise<void> {
    try {
      this.closeDoor = await PeerDoor.open(this.settings.own, this.greeting, answer);
    } catch (error) {
      const expected = `a path at which a socket can be made (${toldOf(error)})`;
      throw new ConfigError([{ name: 'PEER_SOCKET', expected }]);
    }
  }

  /** To be called when this process decides nothing more: whoever asks until all have heard of it is told so. */
  async close(): Promise<void> {
    await this.closeDoor();
    for (const link of this.links) link?.close();
  }
}

/** FNV-1a: spreads names that differ in their last letter, and costs nothing. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  // The lowest bit alone depends on nothing but lowest bits.
  return (hash ^ (hash >>> 15)) >>> 0;
}
