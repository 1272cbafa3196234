import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A span as OTLP writes it in JSON. */
interface Sent {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly { key: string; value: { stringValue?: string; intValue?: number } }[];
  readonly links: readonly { traceId: string; spanId: string }[];
  readonly status: { readonly code: number };
}

export interface Arrived extends Omit<Sent, 'attributes' | 'links'> {
  readonly facts: Readonly<Record<string, string | number | undefined>>;
  /** Ids of the spans it is linked to. */
  readonly links: readonly string[];
  /** Of the process that sent it. */
  readonly process: string;
}

type Facts = Sent['attributes'];
const factsOf = (attributes: Facts): Arrived['facts'] =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));

interface Message {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Facts };
    readonly scopeSpans: readonly { readonly spans: readonly Sent[] }[];
  }[];
}

/** Takes traces over OTLP/HTTP on loopback and keeps them. */
export class Receiver {
  readonly spans: Arrived[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** `status`: what it answers everything with. */
  static async open(status = 200): Promise<Receiver> {
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        if (request.url === '/v1/traces' && status === 200) receiver.keep(JSON.parse(body) as Message);
        response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const receiver = new Receiver(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return receiver;
  }

  of(traceId: string): Arrived[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  named(name: string): Arrived[] {
    return this.spans.filter((span) => span.name === name);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private keep({ resourceSpans }: Message): void {
    for (const { resource, scopeSpans } of resourceSpans)
      for (const { spans } of scopeSpans)
        for (const { attributes, links, ...span } of spans)
          this.spans.push({
            ...span,
            facts: factsOf(attributes),
            links: links.map(({ spanId }) => spanId),
            process: String(factsOf(resource.attributes)['holdfast.process']),
          });
  }
}
