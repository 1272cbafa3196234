import type { GenerationState, Position } from '../src/application/ports.js';
import type { CheckpointStatus } from './checkpoint-status.js';

/** How a generation stands, in a word: the same for the API and the terminal. */
export function stateWord({ halt, pause, isBare, position }: CheckpointStatus, head: Position): GenerationState {
  if (halt !== null) return 'halted';
  if (pause !== null) return 'paused';
  if (position > head) return 'another log';
  if (isBare) return 'building';
  return position < head ? 'behind' : 'up to date';
}

/** Records between a position and the end of the log; null where positions have gaps. */
export const behindBy = (position: Position, head: Position, isGapless: boolean): number | null =>
  isGapless ? Math.max(0, Number(head - position)) : null;
