import type { Socket } from 'node:net';
import pg from 'pg';

/** A statement by the name under which each connection has it prepared. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  /** How many parameters it takes, all of them text on the wire. */
  readonly parameters: number;
}

/** A statement and what it is asked with. */
export type Call = readonly [statement: Statement, ...values: string[]];
export type Row = readonly (string | null)[];

/** The server said no. `code`: the SQLSTATE. */
class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** One user cannot have two bookings of one event: the tables' last guard has said no. */
export const isTaken = (error: unknown): boolean => error instanceof Refused && error.code === '23505';

const TIMEOUT_MS = 60_000;
/** Names and ids are short; all that is sent in one flush fits many times over. */
const MOST_BYTES = 16_384;
const [BIND, EXECUTE, SYNC] = [0x42, 0x45, 0x53];
const [DATA_ROW, COMPLETE, ERROR, READY] = [0x44, 0x43, 0x45, 0x5a];
const HEADER = 5;

interface Exchange {
  readonly rows: Row[][];
  refused: Refused | null;
  readonly resolve: (rows: readonly (readonly Row[])[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A connection on which hardly anything is done but sending and receiving. A rival of one short statement is measured by
 * its client as soon as that takes as long as the statement: `pg` opens the connection and prepares, and from then on the
 * few messages of the protocol (Bind, Execute, Sync; PostgreSQL's documentation, "Message Formats") are written and read
 * here, which lets a rival keep up with pgbench.
 */
export class Connection {
  private readonly out = Buffer.alloc(MOST_BYTES);
  private end = 0;
  private partial: Buffer | null = null;
  private current: Exchange | null = null;

  private constructor(private readonly socket: Socket) {
    socket.removeAllListeners('data');
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.once('close', () => this.current?.reject(new Error('the connection was closed')));
  }

  static async open(url: string, name: string, statements: readonly Statement[]): Promise<Connection> {
    const client = new pg.Client({ connectionString: url, application_name: name, query_timeout: TIMEOUT_MS });
    client.on('error', () => undefined);
    await client.connect();
    // In a transaction that is rolled back: prepared statements outlive it, and what they wrote does not.
    await client.query('BEGIN');
    for (const { name, text, parameters } of statements)
      if (parameters > 0) await client.query({ name, text, values: Array.from({ length: parameters }, () => '0') });
    await client.query('ROLLBACK');
    for (const { name, text, parameters } of statements) if (parameters === 0) await client.query({ name, text });
    return new Connection((client as unknown as { connection: { stream: Socket } }).connection.stream);
  }

  /**
   * All of them in one flush, answered together: the rows of each. Throws when the server says no to one (`isTaken`
   * knows of which kind); those behind it were then not run.
   */
  run(...calls: readonly Call[]): Promise<readonly (readonly Row[])[]> {
    return new Promise((resolve, reject) => {
      if (this.current !== null) return reject(new Error('one exchange at a time'));
      this.current = { rows: [[]], refused: null, resolve, reject };
      this.end = 0;
      for (const [{ name }, ...values] of calls) this.bind(name, values);
      this.begin(SYNC);
      this.finish(this.end - HEADER);
      this.socket.write(Buffer.from(this.out.subarray(0, this.end)));
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private bind(name: string, values: readonly string[]): void {
    const { out } = this;
    const bind = this.begin(BIND);
    this.end = out.writeUInt8(0, this.end); // The unnamed portal.
    this.end += out.write(name, this.end, 'latin1');
    this.end = out.writeUInt8(0, this.end);
    this.end = out.writeInt16BE(0, this.end); // Every parameter is text.
    this.end = out.writeInt16BE(values.length, this.end);
    for (const value of values) {
      const length = out.write(value, this.end + 4, 'utf8');
      this.end = out.writeInt32BE(length, this.end) + length;
    }
    this.end = out.writeInt16BE(0, this.end); // And so is every column.
    this.finish(bind);
    const execute = this.begin(EXECUTE);
    this.end = out.writeUInt8(0, this.end);
    this.end = out.writeInt32BE(0, this.end); // All rows.
    this.finish(execute);
  }

  private begin(type: number): number {
    const at = this.end;
    this.out.writeUInt8(type, at);
    this.end += HEADER;
    return at;
  }

  private finish(message: number): void {
    this.out.writeInt32BE(this.end - message - 1, message + 1);
  }

  private take(received: Buffer): void {
    const chunk = this.partial === null ? received : Buffer.concat([this.partial, received]);
    let at = 0;
    while (at + HEADER <= chunk.length) {
      const next = at + 1 + chunk.readInt32BE(at + 1);
      if (next > chunk.length) break;
      this.hear(chunk[at]!, chunk, at + HEADER, next);
      at = next;
    }
    this.partial = at < chunk.length ? chunk.subarray(at) : null;
  }

  private hear(type: number, chunk: Buffer, at: number, end: number): void {
    const exchange = this.current;
    if (exchange === null) return;
    const { rows } = exchange;
    if (type === DATA_ROW) rows.at(-1)!.push(rowAt(chunk, at));
    else if (type === COMPLETE) rows.push([]);
    else if (type === ERROR) exchange.refused = refusedIn(chunk.toString('utf8', at, end));
    else if (type === READY) {
      this.current = null;
      if (exchange.refused === null) exchange.resolve(rows);
      else exchange.reject(exchange.refused);
    }
  }
}

function rowAt(chunk: Buffer, start: number): Row {
  const row: (string | null)[] = [];
  const columns = chunk.readInt16BE(start);
  let at = start + 2;
  for (let column = 0; column < columns; column += 1) {
    const length = chunk.readInt32BE(at);
    at += 4;
    row.push(length < 0 ? null : chunk.toString('latin1', at, at + length));
    at += Math.max(0, length);
  }
  return row;
}

/** Fields of the message: a letter, the text, a zero. */
function refusedIn(message: string): Refused {
  const fields = new Map(message.split('\0').map((field) => [field[0], field.slice(1)]));
  return new Refused(fields.get('C') ?? '', fields.get('M') ?? message);
}

/** As many connections as were asked for; whoever finds none free waits in line. */
export class Connections {
  private readonly free: Connection[];
  private readonly waiting: ((connection: Connection) => void)[] = [];

  private constructor(private readonly all: readonly Connection[]) {
    this.free = [...all];
  }

  static async open(url: string, size: number, name: string, statements: readonly Statement[]): Promise<Connections> {
    return new Connections(
      await Promise.all(Array.from({ length: size }, () => Connection.open(url, name, statements))),
    );
  }

  /** Work on a connection of its own. Whatever it throws, the connection is not in a transaction afterwards. */
  async on<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = this.free.pop() ?? (await new Promise<Connection>((lent) => this.waiting.push(lent)));
    try {
      return await work(connection);
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free.push(connection);
      else next(connection);
    }
  }

  close(): void {
    for (const connection of this.all) connection.close();
  }
}
