import type { Socket } from 'node:net';

/** Said by a process that ends: it answers what it has been asked, and is to be asked no more. */
export const FAREWELL = 'farewell';

/** Gives each line that arrives. What `take` throws ends the connection: nobody but us is to be on the other end. */
export function onLines(socket: Socket, take: (line: string) => void): void {
  let begun = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (begun + text).split('\n');
    begun = lines.pop()!;
    try {
      lines.forEach(take);
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
}

/** What is to be said in one turn of the event loop is one line of JSON: a write for each would cost more than all the rest. */
export class Outbox<Item> {
  private waiting: Item[] = [];

  constructor(private readonly socket: Socket) {}

  put(item: Item): void {
    if (this.waiting.push(item) === 1) setImmediate(() => this.flush());
  }

  /** Says that there is somebody. Not to whom has not taken what was said before: that will do, and would pile up. */
  beat(): void {
    if (this.socket.writableLength === 0) this.socket.write('\n');
  }

  private flush(): void {
    const items = this.waiting;
    this.waiting = [];
    if (this.socket.writable) this.socket.write(`${JSON.stringify(items)}\n`);
  }
}
