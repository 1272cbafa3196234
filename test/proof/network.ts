import net from 'node:net';

export type Mode =
  | 'sound'
  /** Requests arrive, answers get lost. */
  | 'swallowing'
  /** Both ways, nothing more comes through, and nobody is told. */
  | 'stalling'
  | 'delaying'
  /** One byte a second, both ways. */
  | 'trickling'
  /** The server's side ends what it has to say. */
  | 'half-closing'
  /** Every connection is reset, and every new one. */
  | 'resetting';

const TRICKLE_MS = 1_000;

/** A network between us and a server, that can be made to fail in more ways than one. */
export class Network {
  /** When delaying, each way. */
  delayMs = 300;
  private mode: Mode = 'sound';
  private readonly pairs = new Set<readonly [net.Socket, net.Socket]>();

  private constructor(
    private readonly server: net.Server,
    /** The server's URL, through here. */
    readonly url: string,
  ) {}

  static async to(target: string): Promise<Network> {
    const url = new URL(target);
    const [host, port] = [url.hostname, Number(url.port)];
    const server = net.createServer((near) => network.join(near, net.connect(port, host)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url.hostname = '127.0.0.1';
    url.port = String((server.address() as net.AddressInfo).port);
    const network = new Network(server, url.href);
    return network;
  }

  /** What is doubtful is cut when it becomes sound again. */
  become(mode: Mode): void {
    this.mode = mode;
    if (mode === 'half-closing') for (const [near] of this.pairs) near.end();
    if (mode === 'sound' || mode === 'resetting') this.cut();
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  private cut(): void {
    for (const pair of this.pairs) pair.forEach((socket) => socket.resetAndDestroy());
  }

  private join(near: net.Socket, far: net.Socket): void {
    const pair = [near, far] as const;
    if (this.mode === 'resetting') return pair.forEach((socket) => socket.resetAndDestroy());
    this.pairs.add(pair);
    near.on('data', (chunk) => this.pass(chunk, far, false));
    far.on('data', (chunk) => this.pass(chunk, near, true));
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.pairs.delete(pair);
        pair.forEach((other) => other.destroy());
      });
    }
  }

  private pass(chunk: Buffer, to: net.Socket, isAnswer: boolean): void {
    const write = (bytes: Buffer): void => void (to.writable && to.write(bytes));
    switch (this.mode) {
      case 'stalling':
        return;
      case 'swallowing':
        return isAnswer ? undefined : write(chunk);
      case 'delaying':
        return void setTimeout(() => write(chunk), this.delayMs);
      case 'trickling':
        return this.trickle(chunk, write);
      case 'sound':
      case 'half-closing':
      case 'resetting':
        return write(chunk);
    }
  }

  /** What comes through once it is sound again would be out of order: the connection is cut by then. */
  private trickle(chunk: Buffer, write: (bytes: Buffer) => void): void {
    let sent = 0;
    const timer = setInterval(() => {
      if (sent >= chunk.length || this.mode !== 'trickling') return clearInterval(timer);
      write(chunk.subarray(sent, ++sent));
    }, TRICKLE_MS);
  }
}
