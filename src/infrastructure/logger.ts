import type { LoggerService } from '@nestjs/common';
import { pino } from 'pino';
import { type LineSink, standardOutput } from './output.js';
import { shownError } from './shown-error.js';

export { toldOf } from './shown-error.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What the adapters log through: one sentence, and the facts beside it as fields. */
export interface Log {
  debug(message: string, fields?: object): void;
  log(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

/** What the front door logs through beside. Its lines are written as they are: whoever calls puts no secret into them. */
export interface RequestLog extends Log {
  /** One line for one request. */
  request(level: 'info' | 'warn' | 'error', fields: object): void;
  /** Who was denied what. Written at every level but `silent`. */
  audit(fields: object): void;
}

/**
 * Structured lines, one JSON object each, for our adapters and as Nest's logger. Secrets do not pass: fields with a secret's
 * name are replaced, bearer tokens, JWTs and passwords in URLs are cut out of every finished line, wherever they stood, and
 * of a database's errors only what cannot quote a row is shown. Writes to standard output unless given another sink.
 */
export class JsonLogger implements LoggerService, RequestLog {
  private readonly pino;

  constructor(
    private readonly threshold: LogLevel,
    private readonly sink: LineSink = standardOutput,
  ) {
    const scrubbed = { write: (line: string) => sink.write(oneLine(scrub(line))) };
    const options = { level: threshold, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters, redact };
    this.pino = pino({ ...options, serializers: { err: shownError } }, scrubbed);
  }

  request(level: 'info' | 'warn' | 'error', fields: object): void {
    if (this.pino.isLevelEnabled(level)) this.later(level, fields);
  }

  audit(fields: object): void {
    if (this.threshold !== 'silent') this.later('warn', fields);
  }

  /** The cheap way: one object becomes text, and its line waits for others. */
  private later(level: string, fields: object): void {
    const line = `{"level":"${level}","time":"${new Date().toISOString()}",${JSON.stringify(fields).slice(1)}\n`;
    if (this.sink.later === undefined) this.sink.write(line);
    else this.sink.later(line);
  }

  debug(message: unknown, ...details: unknown[]): void {
    this.write('debug', message, details);
  }

  log(message: unknown, ...details: unknown[]): void {
    this.write('info', message, details);
  }

  warn(message: unknown, ...details: unknown[]): void {
    this.write('warn', message, details);
  }

  error(message: unknown, ...details: unknown[]): void {
    this.write('error', message, details);
  }

  fatal(message: unknown, ...details: unknown[]): void {
    this.write('fatal', message, details);
  }

  verbose(message: unknown, ...details: unknown[]): void {
    this.write('trace', message, details);
  }

  /** Our adapters pass objects; Nest passes strings, the last of them the context, before it (for errors) the stack. */
  private write(level: Exclude<LogLevel, 'silent'>, message: unknown, details: readonly unknown[]): void {
    const fields: Record<string, unknown> = {};
    const texts: string[] = [];
    for (const detail of [message, ...details]) {
      if (detail instanceof Error) fields['err'] = detail;
      else if (typeof detail === 'object' && detail !== null) Object.assign(fields, detail);
      else if (detail !== undefined && detail !== message) texts.push(String(detail));
    }
    const context = texts.pop();
    if (context?.includes('\n')) texts.push(context);
    else if (context !== undefined) fields['context'] = context;
    if (texts.length > 0) fields['stack'] = texts.join('\n');
    const sentence = message instanceof Error ? message.message : typeof message === 'object' ? '' : String(message);
    this.pino[level](fields, sentence);
  }
}

const formatters = { level: (label: string) => ({ level: label }) };

const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'idempotencyKey',
  '["idempotency-key"]',
];
const redact = {
  paths: ['', '*', '*.*'].flatMap((above) =>
    SECRET_FIELDS.map((field) => (above === '' ? field : field.startsWith('[') ? above + field : `${above}.${field}`)),
  ),
  censor: '[redacted]',
};

function scrub(line: string): string {
  return line
    .replace(/\beyJ[\w-]+\.[\w-]*\.?[\w-]*/g, '[redacted]')
    .replace(/\bwhsec_[\w+/=]+/g, '[redacted]')
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 [redacted]')
    .replace(/(\w:\/\/[^\s:/@"]*):[^\s/@"]+@/g, '$1:[redacted]@');
}

/** JSON leaves these as they are, but terminals obey them, and some readers take them for the end of a line. */
const UNSEEN = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const oneLine = (line: string): string =>
  line.replace(UNSEEN, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
