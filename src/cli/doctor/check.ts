/** What one look found. */
export interface Check {
  /** What was looked at: `database fsync`, `projector generation 1`. */
  readonly name: string;
  /** `unknown`: it could not be looked at. */
  readonly state: 'ok' | 'wrong' | 'unknown';
  /** What is so, in a sentence. */
  readonly found: string;
  /** What to do about it; null where there is nothing to do. */
  readonly todo: string | null;
}

export const ok = (name: string, found: string): Check => ({ name, state: 'ok', found, todo: null });
export const wrong = (name: string, found: string, todo: string): Check => ({ name, state: 'wrong', found, todo });
export const unknown = (name: string, found: string, todo: string): Check => ({ name, state: 'unknown', found, todo });

/** What a look throws is a look that could not be had. */
export async function looked(name: string, todo: string, look: () => Promise<readonly Check[]>): Promise<Check[]> {
  try {
    return [...(await look())];
  } catch (error) {
    return [unknown(name, (error as Error).message, todo)];
  }
}
