import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import rpc from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { AppendResult, Expected, Proposed, Stored } from './log.js';

/** Of a tombstone: the greatest that there is. */
const LAST_REVISION = 2n ** 63n - 1n;
/** .NET ticks, of 100 nanoseconds. */
const TICKS_PER_MS = 10_000n;

export type Answer<T> = T | ServiceError;

/** An error as the real server sends it: a status, and what kind of exception it was in the trailers. */
function failure(code: status, details: string, trailers: Readonly<Record<string, string>> = {}): ServiceError {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value);
  return Object.assign(new Error(details), { code, details, metadata });
}

export const busy = (): ServiceError => failure(status.UNAVAILABLE, 'Server Is Too Busy');
export const notReady = (): ServiceError => failure(status.UNAVAILABLE, 'Server Is Not Ready');
export const tooSlow = (): ServiceError => failure(status.ABORTED, 'Operation timed out: Consumer too slow');
/** Servers before 24.2 have no word of their own for it: it is what they say of everything that they cannot read. */
export function invalidPosition(version: string, isSubscription: boolean): ServiceError {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 24 || (major === 24 && minor >= 2))
    return failure(status.INVALID_ARGUMENT, 'Trying to read from an invalid position.');
  const words = isSubscription ? 'Exception was thrown by handler.' : 'Unexpected ReadAllResult: Error';
  return failure(status.UNKNOWN, words);
}
export const unauthenticated = (): ServiceError => failure(status.UNAUTHENTICATED, 'Unauthenticated');
export const notLeader = (leader: { host: string; port: number }): ServiceError =>
  failure(status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': leader.host,
    'leader-endpoint-port': String(leader.port),
  });
export const streamDeleted = (stream: string): ServiceError =>
  failure(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });
const tooLarge = (bytes: number): ServiceError =>
  failure(status.INVALID_ARGUMENT, `Maximum Append Size of ${bytes} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(bytes),
  });

export const nameIn = (identifier: shared.StreamIdentifier | undefined): string =>
  Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');

const identifier = (stream: string): shared.StreamIdentifier =>
  new shared.StreamIdentifier().setStreamName(Buffer.from(stream).toString('base64'));

/** What an append asks for, from the first message of either path. */
export function appendAsked(options: streams.AppendReq.Options | streams.BatchAppendReq.Options | undefined): {
  stream: string;
  expected: Expected;
} {
  const stream = nameIn(options?.getStreamIdentifier());
  if (options === undefined) throw new Error('an append without options');
  if (options.hasNoStream()) return { stream, expected: -1 };
  if (options.hasAny()) return { stream, expected: 'any' };
  if (options.hasStreamExists()) return { stream, expected: 'stream_exists' };
  const revision = options instanceof streams.AppendReq.Options ? options.getRevision() : options.getStreamPosition();
  return { stream, expected: Number(revision) };
}

export const proposedOf = (
  message: streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage,
): Proposed => ({
  id: message.getId()?.getString() ?? '',
  type: message.getMetadataMap().get('type') ?? '',
  contentType: message.getMetadataMap().get('content-type') ?? '',
  data: message.getData_asU8(),
  metadata: message.getCustomMetadata_asU8(),
});

/** The answer of the path that has one call for each append. */
export function appendAnswer(
  asked: { stream: string; expected: Expected },
  result: AppendResult,
  maxAppendBytes: number,
): Answer<streams.AppendResp> {
  if (result.kind === 'stream-deleted') return streamDeleted(asked.stream);
  if (result.kind === 'too-large') return tooLarge(maxAppendBytes);
  const answer = new streams.AppendResp();
  if (result.kind === 'wrong-expected-version') {
    const wrong = new streams.AppendResp.WrongExpectedVersion();
    if (result.current < 0) wrong.setCurrentNoStream(new shared.Empty());
    else wrong.setCurrentRevision(String(result.current));
    if (asked.expected === 'any') wrong.setExpectedAny(new shared.Empty());
    else if (asked.expected === 'stream_exists') wrong.setExpectedStreamExists(new shared.Empty());
    else if (asked.expected < 0) wrong.setExpectedNoStream(new shared.Empty());
    else wrong.setExpectedRevision(String(asked.expected));
    return answer.setWrongExpectedVersion(wrong);
  }
  const success = new streams.AppendResp.Success();
  if (result.revision < 0) success.setNoStream(new shared.Empty());
  else success.setCurrentRevision(String(result.revision));
  if (result.position === null) return answer.setSuccess(success.setNoPosition(new shared.Empty()));
  const position = new streams.AppendResp.Position();
  position.setCommitPosition(String(result.position)).setPreparePosition(String(result.position));
  return answer.setSuccess(success.setPosition(position));
}

/** The answer of the path that has one call for all appends. */
export function batchAnswer(
  correlationId: shared.UUID | undefined,
  asked: { stream: string; expected: Expected },
  result: AppendResult,
  maxAppendBytes: number,
): streams.BatchAppendResp {
  const answer = new streams.BatchAppendResp().setStreamIdentifier(identifier(asked.stream));
  if (correlationId !== undefined) answer.setCorrelationId(correlationId);
  if (result.kind === 'written') {
    const success = new streams.BatchAppendResp.Success();
    success.setCurrentRevision(String(result.revision));
    if (result.position === null) return answer.setSuccess(success.setNoPosition(new empty.Empty()));
    const position = new shared.AllStreamPosition();
    position.setCommitPosition(String(result.position)).setPreparePosition(String(result.position));
    return answer.setSuccess(success.setPosition(position));
  }
  const [code, bytes, name] = batchError(asked, result, maxAppendBytes);
  const details = new any.Any();
  details.pack(bytes, `event_store.client.${name}`);
  return answer.setError(new rpc.Status().setCode(code).setMessage(name).setDetails(details));
}

function batchError(
  { stream, expected }: { stream: string; expected: Expected },
  result: Exclude<AppendResult, { kind: 'written' }>,
  maxAppendBytes: number,
): readonly [code: number, bytes: Uint8Array, name: string] {
  if (result.kind === 'stream-deleted') {
    const deleted = new shared.StreamDeleted().setStreamIdentifier(identifier(stream));
    return [status.FAILED_PRECONDITION, deleted.serializeBinary(), 'StreamDeleted'];
  }
  if (result.kind === 'too-large') {
    const exceeded = new shared.MaximumAppendSizeExceeded().setMaxappendsize(maxAppendBytes);
    return [status.INVALID_ARGUMENT, exceeded.serializeBinary(), 'MaximumAppendSizeExceeded'];
  }
  const wrong = new shared.WrongExpectedVersion();
  if (result.current < 0) wrong.setCurrentNoStream(new empty.Empty());
  else wrong.setCurrentStreamRevision(String(result.current));
  if (expected === 'any') wrong.setExpectedAny(new empty.Empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new empty.Empty());
  else if (expected < 0) wrong.setExpectedNoStream(new empty.Empty());
  else wrong.setExpectedStreamPosition(String(expected));
  return [status.FAILED_PRECONDITION, wrong.serializeBinary(), 'WrongExpectedVersion'];
}

/** One record as a reader gets it. */
export function readAnswer(record: Stored): streams.ReadResp {
  const event = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(record.id))
    .setStreamIdentifier(identifier(record.stream))
    .setStreamRevision(String(Number.isFinite(record.revision) ? record.revision : LAST_REVISION))
    .setCommitPosition(String(record.position))
    .setPreparePosition(String(record.position))
    .setData(record.data)
    .setCustomMetadata(record.metadata);
  const named = event.getMetadataMap();
  named.set('type', record.type);
  named.set('content-type', record.contentType);
  named.set('created', String(BigInt(record.created) * TICKS_PER_MS));
  const read = new streams.ReadResp.ReadEvent().setEvent(event).setCommitPosition(String(record.position));
  return new streams.ReadResp().setEvent(read);
}

/** Checkpoints of a real server mostly carry a prepare position of 0. */
export const checkpointAnswer = (position: bigint): streams.ReadResp =>
  new streams.ReadResp().setCheckpoint(
    new streams.ReadResp.Checkpoint().setCommitPosition(String(position)).setPreparePosition('0'),
  );

export const notFoundAnswer = (stream: string): streams.ReadResp =>
  new streams.ReadResp().setStreamNotFound(
    new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifier(stream)),
  );

export const confirmationAnswer = (): streams.ReadResp =>
  new streams.ReadResp().setConfirmation(
    new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(crypto.randomUUID()),
  );

export const caughtUpAnswer = (): streams.ReadResp =>
  new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp());

/** Which records of `$all` a reader wants. */
export function filterOf(options: streams.ReadReq.Options): (record: Stored) => boolean {
  const filter = options.getFilter();
  const expression = filter?.getStreamIdentifier() ?? filter?.getEventType();
  if (filter === undefined || expression === undefined) return () => true;
  const part = filter.hasStreamIdentifier() ? 'stream' : 'type';
  const prefixes = expression.getPrefixList();
  const regex = expression.getRegex() === '' ? null : new RegExp(expression.getRegex());
  return (record) =>
    regex === null ? prefixes.some((prefix) => record[part].startsWith(prefix)) : regex.test(record[part]);
}

export const streamAsked = (options: streams.ReadReq.Options): string =>
  nameIn(options.getStream()?.getStreamIdentifier());
