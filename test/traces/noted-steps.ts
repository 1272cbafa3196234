import type { Span, SpanFacts, Tracer } from '../../src/application/ports.js';

export interface Step {
  readonly name: string;
  readonly traceparent: string;
  readonly causes: readonly string[];
  facts: SpanFacts;
  /** Undefined while it goes on; null: it ended well. */
  fault?: unknown;
}

/** Writes down every step of every trace. */
export class NotedSteps implements Tracer {
  readonly steps: Step[] = [];

  begin(name: string, _kind: string, causes: readonly string[], facts: SpanFacts): Span {
    const id = (this.steps.length + 1).toString(16).padStart(16, '0');
    const traceparent = `00-${causes[0]?.slice(3, 35) ?? id.padStart(32, '0')}-${id}-01`;
    const step: Step = { name, traceparent, causes, facts };
    this.steps.push(step);
    return {
      traceparent,
      note: (more) => void (step.facts = { ...step.facts, ...more }),
      end: (fault) => {
        if (step.fault !== undefined) throw new Error(`${name} ended twice`);
        step.fault = fault ?? null;
      },
    };
  }

  within<T>(_span: Span, work: () => T): T {
    return work();
  }

  named(name: string): Step[] {
    return this.steps.filter((step) => step.name === name);
  }
}
