import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { TraceConfig } from '../config.js';
import { type Log, toldOf } from '../logger.js';
import { OtelTracer } from './tracer.js';

export interface Tracing {
  readonly tracer: OtelTracer;
  /** Sends what has not been sent, or gives it up after a moment. */
  close(): Promise<void>;
}

/** Which of the service's processes this is. */
export interface Traced {
  readonly process: 'api' | 'projector';
  readonly version: string;
}

/** Whoever waits for a process to stop waits for its last steps no longer than this. */
const CLOSE_MS = 1_000;
/** One attempt to send, after which what was to be sent is lost. */
const SEND_MS = 5_000;
const TELL_AGAIN_MS = 60_000;

/**
 * Null, and nothing is loaded, where traces are off. Packages are loaded here and nowhere else. What is not in our
 * settings (OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS, OTEL_BSP_…) they read from the environment themselves.
 */
export async function openTracing(config: TraceConfig | null, traced: Traced, logger: Log): Promise<Tracing | null> {
  if (config === null) return null;
  const [api, { BasicTracerProvider, BatchSpanProcessor }, { defaultResource, resourceFromAttributes }, otlp] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/exporter-trace-otlp-http'),
    ]);
  const url = `${config.endpoint.replace(/\/$/, '')}/v1/traces`;
  const exporter = new otlp.OTLPTraceExporter({ url, timeoutMillis: SEND_MS });
  const resource = resourceFromAttributes({
    ...{ 'service.name': config.service, 'service.version': traced.version },
    ...{ 'holdfast.process': traced.process, 'process.pid': process.pid },
  });
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(resource),
    spanProcessors: [new BatchSpanProcessor(toldWhenLost(exporter, logger))],
  });
  const close = async (): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
    await Promise.race([provider.shutdown().catch(() => undefined), tooLong]);
    clearTimeout(timer);
  };
  return { tracer: new OtelTracer(api, provider.getTracer('holdfast', traced.version)), close };
}

/** Nobody else would say that traces do not arrive; once in a while is enough. */
function toldWhenLost(exporter: SpanExporter, logger: Log): SpanExporter {
  let toldAt = -Infinity;
  let lost = 0;
  const tell = (spans: readonly ReadableSpan[], error: Error | undefined): void => {
    lost += spans.length;
    if (performance.now() - toldAt < TELL_AGAIN_MS) return;
    logger.warn('Traces cannot be sent and are lost', { spans: lost, reason: toldOf(error) });
    toldAt = performance.now();
    lost = 0;
  };
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined) tell(spans, result.error);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
