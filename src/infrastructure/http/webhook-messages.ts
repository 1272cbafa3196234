import type { StreamNames } from '../../application/envelope.js';
import type { RecordedEvent } from '../../application/ports.js';
import { factOf } from './history.js';

/** What webhooks are sent of a record: `type`, `timestamp` and `data` as Standard Webhooks asks, the envelope as `data`. */
export const messagesOf = (streams: StreamNames) => ({
  eventIdOf: (stream: string): string => streams.eventIdOf(stream),
  streamOf: (eventId: string): string => streams.of(eventId),
  bodyOf: (record: RecordedEvent, logId: string): string => {
    const data = factOf(record, streams.eventIdOf(record.stream), logId);
    return JSON.stringify({ type: data.type, timestamp: data.occurredAt, data });
  },
});
