import { AsyncLocalStorage } from 'node:async_hooks';
import type * as Otel from '@opentelemetry/api';
import { HoldfastError } from '../../application/errors.js';
import type { Span, SpanFacts, Tracer } from '../../application/ports.js';

/** The numbers of OpenTelemetry's enums, which exist only once its package is loaded. */
const KINDS = { internal: 0, server: 1, client: 2 } as const;
const FAILED = 2;
const SAMPLED = 1;

/** Steps of traces as spans of OpenTelemetry. Nothing global is set: what is not begun here is not traced. */
export class OtelTracer implements Tracer {
  private readonly working = new AsyncLocalStorage<string>();

  constructor(
    private readonly api: Pick<typeof Otel, 'trace' | 'ROOT_CONTEXT'>,
    private readonly tracer: Otel.Tracer,
  ) {}

  /** The traceparent of the step for which this is done. */
  get current(): string | undefined {
    return this.working.getStore();
  }

  begin(name: string, kind: keyof typeof KINDS, causes: readonly string[], facts: SpanFacts): Span {
    const contexts = causes.map((cause) => contextOf(cause, kind === 'server'));
    const recorded = contexts.filter(({ traceFlags }) => (traceFlags & SAMPLED) !== 0);
    const parent = recorded[0] ?? contexts[0];
    const links = recorded.slice(1).map((context) => ({ context }));
    const { trace, ROOT_CONTEXT } = this.api;
    const under = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    return spanOf(this.tracer.startSpan(name, { kind: KINDS[kind], attributes: facts, links }, under));
  }

  within<T>(span: Span, work: () => T): T {
    return this.working.run(span.traceparent, work);
  }
}

function spanOf(span: Otel.Span): Span {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    note: (facts) => void span.setAttributes(facts),
    end: (fault) => {
      // What a message says may be somebody's business: the kind of fault is enough to look for it in the log.
      if (fault !== undefined) span.setAttribute('error.type', typeOf(fault)).setStatus({ code: FAILED });
      span.end();
    },
  };
}

/** Of a traceparent that is well-formed. */
const contextOf = (traceparent: string, isRemote: boolean): Otel.SpanContext => ({
  traceId: traceparent.slice(3, 35),
  spanId: traceparent.slice(36, 52),
  traceFlags: parseInt(traceparent.slice(53), 16),
  isRemote,
});

function typeOf(fault: unknown): string {
  if (fault instanceof HoldfastError) return fault.code;
  return fault instanceof Error ? fault.name : String(fault);
}
