import net from 'node:net';

/** A network between us and a server, that can be made to fail. */
export class TcpProxy {
  private readonly pairs = new Set<[net.Socket, net.Socket]>();
  private mode: 'sound' | 'swallowing' | 'refusing' = 'sound';

  private constructor(
    private readonly server: net.Server,
    /** The server's URL, through the proxy. */
    readonly url: string,
  ) {}

  static async to(target: string): Promise<TcpProxy> {
    const url = new URL(target);
    const [host, port] = [url.hostname, Number(url.port)];
    const server = net.createServer((near) => proxy.join(near, net.connect(port, host)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url.hostname = '127.0.0.1';
    url.port = String((server.address() as net.AddressInfo).port);
    const proxy = new TcpProxy(server, url.href);
    return proxy;
  }

  /** Requests arrive, answers get lost. */
  swallowAnswers(): void {
    this.mode = 'swallowing';
  }

  /** Cuts every connection and refuses new ones. */
  refuse(): void {
    this.mode = 'refusing';
    this.cut();
  }

  /** Cuts what is in a doubtful state; new connections are sound. */
  heal(): void {
    if (this.mode === 'swallowing') this.cut();
    this.mode = 'sound';
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  private join(near: net.Socket, far: net.Socket): void {
    const pair: [net.Socket, net.Socket] = [near, far];
    if (this.mode === 'refusing') return pair.forEach((socket) => socket.destroy());
    this.pairs.add(pair);
    near.on('data', (chunk) => far.write(chunk));
    far.on('data', (chunk) => this.mode === 'swallowing' || near.write(chunk));
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.pairs.delete(pair);
        pair.forEach((other) => other.destroy());
      });
    }
  }

  private cut(): void {
    for (const pair of this.pairs) pair.forEach((socket) => socket.resetAndDestroy());
  }
}
