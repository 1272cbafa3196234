import type { Call, Heard } from './checker.js';
import type { Deed } from './script.js';
import type { Read } from './table-checker.js';

/** Who hears what happens, at the moment at which it happens. */
export interface Audience {
  onCall(call: Call): void;
  /** `wish`: the deed by which it was asked. */
  onHeard(call: Call, heard: Heard, deed: Deed & { kind: 'ask' }): void;
  onRead(read: Read): void;
  onFailed(error: unknown): void;
  onWord(word: string): void;
  /** Somebody looked at a clock, which showed this. */
  onClock(shown: number): void;
  tell(line: () => string): void;
}
