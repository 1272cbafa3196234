import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Received {
  readonly path: string;
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly json: {
    readonly type: string;
    readonly timestamp: string;
    readonly data: Readonly<Record<string, unknown>>;
  };
  /** What was answered. */
  readonly status: number | null;
}

/** Null hangs up; a function answers by itself. */
export type Reply = number | null | ((response: ServerResponse, request: IncomingMessage) => void);
export type Behaviour = (received: Omit<Received, 'status'>) => Reply | Promise<Reply>;

const SOON_MS = 4_000;

/** Somebody who is told things, on loopback: notes every message and answers as the test says. */
export class Receiver {
  readonly received: Received[] = [];
  behaviour: Behaviour = () => 204;
  private readonly server = createServer((request, response) => void this.take(request, response));

  static async open(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** In the order of their coming: `event/revision`, with the status where it is no success. */
  get told(): string[] {
    return this.received.map(({ json: { data }, status }) => {
      const name = `${String(data['eventId'])}/${String(data['revision'])}`;
      return status !== null && status < 300 ? name : `${name} ${status === null ? 'hung up' : status}`;
    });
  }

  /** Throws when it takes too long. */
  async until(count: number): Promise<readonly Received[]> {
    await soon(
      () => this.received.length >= count,
      () => `never ${count} messages: ${this.told.join(', ')}`,
    );
    return this.received;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const { headers, url: path = '' } = request;
    const header = (name: string): string => String(headers[name]);
    const received = {
      ...{ path, headers, body, json: JSON.parse(body) as Received['json'] },
      ...{ id: header('webhook-id'), timestamp: header('webhook-timestamp'), signature: header('webhook-signature') },
    };
    const reply = await this.behaviour(received);
    this.received.push({ ...received, status: typeof reply === 'number' ? reply : null });
    if (reply === null) request.socket.destroy();
    else if (typeof reply === 'number') response.writeHead(reply).end();
    else reply(response, request);
  }
}

/** Looks until it is so. Throws when that takes too long. */
export async function soon(
  isSo: () => boolean | Promise<boolean>,
  why: () => string = () => 'never so',
): Promise<void> {
  for (const end = Date.now() + SOON_MS; !(await isSo()); await sleep(3)) if (Date.now() > end) throw new Error(why());
}
