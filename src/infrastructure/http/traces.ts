import type { FastifyInstance } from 'fastify';
import type { Tracer } from '../../application/ports.js';
import { sentTraceparentOf } from './request.js';

/** What machines ask again and again, and what lasts for as long as somebody listens. */
const UNTRACED = /^\/health\/|^\/metrics$|^\/v1\/feed$/;

/** Each request that has a route is a step: of the caller's trace, or the first of a new one. Call before `installChecks`. */
export function traceRequests(fastify: FastifyInstance, tracer: Tracer): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const { method, headers, routeOptions } = request;
    const route = routeOptions.url;
    if (route === undefined || UNTRACED.test(route)) return done();
    const sent = sentTraceparentOf(headers);
    const facts = { 'http.request.method': method, 'http.route': route };
    const span = tracer.begin(`${method} ${route}`, 'server', sent === null ? [] : [sent], facts);
    request.span = span;
    reply.raw.once('close', () => {
      const { statusCode } = reply.raw;
      span.note({ 'http.response.status_code': statusCode });
      if (!reply.raw.writableEnded) span.end('given up');
      else span.end(statusCode >= 500 ? (reply.problem ?? statusCode) : undefined);
    });
    done();
  });
  // Not before the body is here: it comes in turns of the event loop that know nothing of this request.
  fastify.addHook('preValidation', ({ span }, _reply, done) => {
    if (span === undefined) done();
    else tracer.within(span, done);
  });
}
