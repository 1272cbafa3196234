/** Of a chain of causes. */
const MAX_CAUSES = 4;

interface DatabaseError extends Error {
  readonly code: string;
  readonly table?: string;
  readonly constraint?: string;
  readonly routine?: string;
}

/** By its shape, so that whoever logs needs no driver: SQLSTATE and severity are on every one. */
function isDatabaseError(error: unknown): error is DatabaseError {
  if (!(error instanceof Error)) return false;
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return typeof severity === 'string' && typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code);
}

/** Classes of SQLSTATE whose messages speak of the server, the session or our own SQL; of all others they may quote a row. */
const OF_THE_SERVER = /^(08|25|26|28|34|3D|3F|40|42|53|54|55|57|58)/;

/** What may be said of an error: its message, or of a database's error that may quote a row, what it is and where. */
export function toldOf(error: unknown): string {
  if (!isDatabaseError(error)) return error instanceof Error ? messageOf(error) : String(error);
  if (OF_THE_SERVER.test(error.code)) return `${error.message} (SQLSTATE ${error.code})`;
  const { code, table, constraint, routine } = error;
  const where = Object.entries({ table, constraint, routine }).filter(([, name]) => name !== undefined);
  return [`SQLSTATE ${code}`, ...where.map(([what, name]) => `${what} ${name}`)].join(', ');
}

/** Of a name with several addresses, what was found at each stands in the errors inside, and the message is empty. */
function messageOf(error: Error): string {
  if (error.message !== '') return error.message;
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(toldOf).join('; ');
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

/** An error as a field of a log line: type, code, `toldOf`, where it was thrown, and what caused it. */
export function shownError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return toldOf(error);
  const { code } = error as { code?: unknown };
  return {
    type: error.constructor.name,
    ...(typeof code === 'string' ? { code } : {}),
    message: toldOf(error),
    stack: framesOf(error),
    ...(error.cause === undefined || depth >= MAX_CAUSES ? {} : { cause: shownError(error.cause, depth + 1) }),
  };
}

/** A stack begins with the message once more. */
const framesOf = ({ stack = '' }: Error): string =>
  stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
