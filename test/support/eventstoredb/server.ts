import net from 'node:net';
import {
  Server,
  ServerCredentials,
  type Metadata,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServiceError,
  type sendUnaryData,
} from '@grpc/grpc-js';
import features from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import featureMessages from '@eventstore/db-client/generated/serverfeatures_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossipMessages from '@eventstore/db-client/generated/gossip_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import service from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { StandInLog, type Proposed } from './log.js';
import * as message from './messages.js';
import { ReadCall, type ReadSettings } from './read-call.js';

/**
 * What the server does to calls:
 * - `sound`: answers.
 * - `silent`: takes everything, answers nothing, writes nothing.
 * - `mute`: writes, and answers nothing.
 * - `dropping`: writes, and cuts the connection instead of answering.
 * - `slow`: answers after `delayMs`.
 * - `busy`, `starting`: refuses with the words of a server that is.
 * - `follower`: refuses what wants the leader, and says where it is.
 * - `ending`: ends every subscription and batch call with OK, at once.
 * - `deaf`: the subscriptions that are there stay, and are given nothing more.
 */
export type Mode =
  'sound' | 'silent' | 'mute' | 'dropping' | 'slow' | 'busy' | 'starting' | 'follower' | 'ending' | 'deaf';

export interface StandInOptions extends Partial<ReadSettings> {
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** Of a server that was stopped before. */
  readonly log?: StandInLog;
  /** Where the log outlives the process. */
  readonly file?: string;
  readonly maxAppendBytes?: number;
  readonly delayMs?: number;
  /** `user:password` pairs that are let in; absent: everybody is. */
  readonly passwords?: readonly string[];
  /** PEM; with them the server speaks TLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Of a 23.10, measured: this many records behind at one record a millisecond. */
const LIVE_BUFFER = 280;
const VERSION = '23.10.8.0';
const SLOW_MS = 300;

/** A server that speaks the streams protocol of EventStoreDB on the client's own generated stubs. */
export class StandIn {
  readonly log: StandInLog;
  port = 0;
  leader = { host: '127.0.0.1', port: 0 };
  /** How many calls came in, by method; appends once all of them is here. */
  readonly calls = { append: 0, batchAppend: 0, read: 0, features: 0 };
  /** How many subscribers were too slow. */
  thrownOut = 0;
  private current: Mode = 'sound';
  private readonly sockets = new Set<net.Socket>();
  private readonly reading = new Set<ReadCall>();
  private readonly batches = new Set<ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>>();

  private constructor(
    private readonly options: StandInOptions,
    private readonly grpc: Server,
    private readonly listener: net.Server,
  ) {
    this.log = options.log ?? new StandInLog(options.file ?? null, options.maxAppendBytes);
  }

  static async start(options: StandInOptions = {}): Promise<StandIn> {
    const grpc = new Server({ 'grpc.max_receive_message_length': 32 * 1_024 * 1_024 });
    const listener = net.createServer();
    const standIn = new StandIn(options, grpc, listener);
    standIn.serve();
    const { tls } = options;
    const credentials =
      tls === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(null, [{ private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) }]);
    const injector = grpc.createConnectionInjector(credentials);
    listener.on('connection', (socket) => {
      standIn.sockets.add(socket);
      socket.on('close', () => standIn.sockets.delete(socket));
      socket.on('error', () => undefined);
      injector.injectConnection(socket);
    });
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    standIn.port = (listener.address() as net.AddressInfo).port;
    return standIn;
  }

  get url(): string {
    return `esdb://127.0.0.1:${this.port}?tls=${this.options.tls !== undefined}`;
  }

  set mode(mode: Mode) {
    this.current = mode;
    if (mode === 'deaf') for (const call of this.reading) call.isDeaf = true;
    if (mode !== 'ending') return;
    for (const call of this.reading) call.end();
    for (const call of this.batches) call.end();
  }

  /** Cuts every connection; new ones are sound. */
  drop(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Gone at once, as after SIGKILL. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.listener.close(() => resolve()));
    this.drop();
    for (const call of this.reading) call.close();
    this.grpc.forceShutdown();
    await closed;
    this.log.close();
  }

  private serve(): void {
    this.grpc.addService(service.StreamsService, {
      read: this.read.bind(this),
      append: this.append.bind(this),
      batchAppend: this.batchAppend.bind(this),
      delete: this.delete.bind(this),
      tombstone: this.tombstone.bind(this),
    });
    this.grpc.addService(features.ServerFeaturesService, {
      getSupportedMethods: (_: unknown, answer: sendUnaryData<featureMessages.SupportedMethods>) => {
        this.calls.features += 1;
        this.unary(answer, () => this.supported());
      },
    });
    this.grpc.addService(gossip.GossipService, {
      read: (_: unknown, answer: sendUnaryData<gossipMessages.ClusterInfo>) => this.unary(answer, () => this.members()),
    });
  }

  /** What stands in the way of a call before it is looked at. */
  private refusal(metadata: Metadata): ServiceError | null {
    if (this.current === 'busy') return message.busy();
    if (this.current === 'starting') return message.notReady();
    const wantsLeader = metadata.get('requires-leader')[0] === 'true';
    if (this.current === 'follower' && wantsLeader) return message.notLeader(this.leader);
    const { passwords } = this.options;
    if (passwords === undefined) return null;
    const basic = String(metadata.get('authorization')[0] ?? '').replace(/^Basic /, '');
    return passwords.includes(Buffer.from(basic, 'base64').toString()) ? null : message.unauthenticated();
  }

  private unary<T>(answer: sendUnaryData<T>, work: () => message.Answer<T>): void {
    if (this.current === 'silent') return;
    if (this.current === 'busy') return answer(message.busy());
    if (this.current === 'starting') return answer(message.notReady());
    const result = work();
    const tell = (): void => (result instanceof Error ? answer(result as ServiceError) : answer(null, result));
    if (this.current === 'slow') setTimeout(tell, this.options.delayMs ?? SLOW_MS);
    else if (this.current === 'dropping') this.drop();
    else if (this.current !== 'mute') tell();
  }

  private append(
    call: ServerReadableStream<streams.AppendReq, streams.AppendResp>,
    answer: sendUnaryData<streams.AppendResp>,
  ): void {
    let asked = null as ReturnType<typeof message.appendAsked> | null;
    const proposed: Proposed[] = [];
    call.on('data', (request: streams.AppendReq) => {
      const next = request.getProposedMessage();
      if (next === undefined) asked = message.appendAsked(request.getOptions());
      else proposed.push(message.proposedOf(next));
    });
    call.on('error', () => undefined);
    // A call that was cut off ends too, a moment before it is known to have been.
    call.on('end', () =>
      setImmediate(() => call.cancelled || asked === null || this.write(call, asked, proposed, answer)),
    );
  }

  private write(
    { metadata }: { metadata: Metadata },
    asked: ReturnType<typeof message.appendAsked>,
    proposed: readonly Proposed[],
    answer: sendUnaryData<streams.AppendResp>,
  ): void {
    // Of what becomes of this call, the mode has the say now and not later.
    this.calls.append += 1;
    const refused = this.refusal(metadata);
    if (refused !== null) return answer(refused);
    const { log } = this;
    const write = () => log.append(asked.stream, asked.expected, proposed);
    this.unary(answer, () => message.appendAnswer(asked, write(), log.maxAppendBytes));
  }

  private batchAppend(call: ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>): void {
    this.batches.add(call);
    call.on('close', () => this.batches.delete(call));
    call.on('error', () => undefined);
    const open = new Map<string, { asked: ReturnType<typeof message.appendAsked>; proposed: Proposed[] }>();
    call.on('data', (request: streams.BatchAppendReq) => {
      const id = request.getCorrelationId()?.getString() ?? '';
      if (request.hasOptions()) open.set(id, { asked: message.appendAsked(request.getOptions()), proposed: [] });
      const { asked, proposed } = open.get(id)!;
      proposed.push(...request.getProposedMessagesList().map((each) => message.proposedOf(each)));
      if (!request.getIsFinal()) return;
      open.delete(id);
      this.calls.batchAppend += 1;
      const refused = this.refusal(call.metadata);
      if (refused !== null) return void call.emit('error', refused);
      const write = (): streams.BatchAppendResp =>
        message.batchAnswer(
          request.getCorrelationId(),
          asked,
          this.log.append(asked.stream, asked.expected, proposed),
          this.log.maxAppendBytes,
        );
      this.unary<streams.BatchAppendResp>((_, answer) => void call.write(answer!), write);
    });
    call.on('end', () => call.end());
    if (this.current === 'ending') call.end();
  }

  private read(call: ConstructorParameters<typeof ReadCall>[0]): void {
    this.calls.read += 1;
    const refused = this.refusal(call.metadata);
    call.on('error', () => undefined);
    if (this.current === 'silent' || this.current === 'mute') return;
    if (this.current === 'dropping') return this.drop();
    if (refused !== null) return void call.emit('error', refused);
    const { liveBuffer = LIVE_BUFFER, version = VERSION } = this.options;
    const reading = new ReadCall(call, this.log, { liveBuffer, version }, () => (this.thrownOut += 1));
    this.reading.add(reading);
    call.on('close', () => {
      this.reading.delete(reading);
      reading.close();
    });
    const begin = (): void => {
      reading.begin();
      if (this.current === 'ending' && reading.isSubscription) reading.end();
    };
    if (this.current === 'slow') setTimeout(begin, this.options.delayMs ?? SLOW_MS);
    else begin();
  }

  private delete(call: { request: streams.DeleteReq }, answer: sendUnaryData<streams.DeleteResp>): void {
    this.unary(answer, () => {
      this.log.softDelete(message.nameIn(call.request.getOptions()?.getStreamIdentifier()));
      return new streams.DeleteResp().setNoPosition(new shared.Empty());
    });
  }

  private tombstone(call: { request: streams.TombstoneReq }, answer: sendUnaryData<streams.TombstoneResp>): void {
    this.unary(answer, () => {
      this.log.tombstone(message.nameIn(call.request.getOptions()?.getStreamIdentifier()));
      return new streams.TombstoneResp().setNoPosition(new shared.Empty());
    });
  }

  private supported(): featureMessages.SupportedMethods {
    const methods = ['read', 'append', 'batchappend', 'delete', 'tombstone'].map((name) =>
      new featureMessages.SupportedMethod()
        .setServiceName('event_store.client.streams.streams')
        .setMethodName(name)
        .setFeaturesList(name === 'read' ? ['position', 'events', 'all'] : []),
    );
    return new featureMessages.SupportedMethods()
      .setEventStoreServerVersion(this.options.version ?? VERSION)
      .setMethodsList(methods);
  }

  /** A cluster of two at most: this one, and the leader when it is another. */
  private members(): gossipMessages.ClusterInfo {
    const { VNodeState } = gossipMessages.MemberInfo;
    const isFollower = this.current === 'follower';
    const member = (host: string, port: number, state: number): gossipMessages.MemberInfo =>
      new gossipMessages.MemberInfo()
        .setInstanceId(new shared.UUID().setString(crypto.randomUUID()))
        .setTimeStamp('0')
        .setState(state as never)
        .setIsAlive(true)
        .setHttpEndPoint(new gossipMessages.EndPoint().setAddress(host).setPort(port));
    const us = member('127.0.0.1', this.port, isFollower ? VNodeState.FOLLOWER : VNodeState.LEADER);
    const others = isFollower ? [member(this.leader.host, this.leader.port, VNodeState.LEADER)] : [];
    return new gossipMessages.ClusterInfo().setMembersList([us, ...others]);
  }
}
