import { HoldfastError, OutcomeUnknown, StoreUnavailable } from '../../application/errors.js';

/** What the server says about our SQL is a bug and stays what it is; everything else is "not now". */
export const readFrom = <T>(asked: Promise<T>): Promise<T> =>
  asked.catch((error: unknown) => {
    throw isOurs(error) ? error : new StoreUnavailable('the tables do not answer', { cause: error });
  });

/** The same for what changes something: whether it has, nobody can tell. */
export const writtenTo = <T>(asked: Promise<T>): Promise<T> =>
  asked.catch((error: unknown) => {
    throw isOurs(error) ? error : new OutcomeUnknown('the tables did not answer', { cause: error });
  });

function isOurs(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return error instanceof HoldfastError || (typeof code === 'string' && /^(22|23|42)[0-9A-Z]{3}$/.test(code));
}
