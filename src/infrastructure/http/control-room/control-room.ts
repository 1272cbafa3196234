import type { INestApplication } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyInstance } from 'fastify';
import { PORTS } from '../../../application/envelope.js';
import type { Time } from '../../../application/ports.js';
import { ReadPosition } from '../../../application/queries/read-position.js';
import type { Log } from '../../logger.js';
import type { Authenticator } from '../auth.js';
import { cookieRules } from '../cookie.js';
import { HttpProblem } from '../problems.js';
import type { HttpSettings } from '../settings.js';
import { sendAsset } from './assets.js';
import { Desk } from './desk.js';
import { Issuer } from './oidc.js';
import { FRONT, PAGES } from './pages.js';
import { formIn } from './sign-in.js';

/** What a form may hold: a token and little else. */
const FORM_BYTES = 16_384;

const notAForm = () => new HttpProblem('unsupported-media-type', { detail: 'Send a form.' });

/** What is in front of the pages, too. */
export interface Front {
  readonly settings: HttpSettings;
  readonly authenticator: Authenticator;
  readonly log: Log;
}

/**
 * The control room: pages made here, with scripts where things move. It shows what the API tells the same caller and
 * nothing beside. On a scope of its own, where errors are pages and forms may be sent.
 */
export function serveControlRoom(app: INestApplication, front: Front): void {
  const { key } = front.settings.auth;
  const cookie = cookieRules(front.settings.production);
  const desk = new Desk({
    ...front,
    cookie,
    issuer: front.settings.signIn === null ? null : new Issuer(front.settings.signIn, cookie),
    mintSecret: key.kind === 'development' ? key.secret : null,
    heartbeatMs: front.settings.bounds.feedHeartbeatMs,
    // Asked when somebody comes: the use cases are not there before Nest has made them.
    tools: () => ({
      queries: app.get(QueryBus),
      positions: app.get(ReadPosition),
      time: app.get<Time>(PORTS.time),
    }),
  });
  const fastify = app.getHttpAdapter().getInstance() as FastifyInstance;
  void fastify.register(
    async (room) => {
      // What a form says is text: no other value comes in here, whatever JSON could say.
      room.removeAllContentTypeParsers();
      room.addContentTypeParser(
        'application/x-www-form-urlencoded',
        { parseAs: 'string', bodyLimit: FORM_BYTES },
        (_request, body, done) => done(null, formIn(body as string)),
      );
      room.addContentTypeParser('*', (_request, _body, done) => done(notAForm()));
      room.setErrorHandler((error, request, reply) => desk.answerError(error, request, reply));
      room.setNotFoundHandler((request, reply) => desk.answerError(new HttpProblem('not-found'), request, reply));
      room.get('', (request, reply) => desk.front(request, reply));
      room.post('/sign-in', (request, reply) => desk.signIn(request, reply));
      room.post('/sign-out', (request, reply) => desk.signOut(request, reply));
      room.get('/issuer', (request, reply) => desk.sendToIssuer(request, reply));
      room.get('/issuer/back', (request, reply) => desk.comeBack(request, reply));
      room.get('/assets/:file', (request, reply) => sendAsset(request, reply));
      for (const page of PAGES)
        room.get(page.path.slice(FRONT.length), (request, reply) => desk.show(page, request, reply));
    },
    { prefix: FRONT },
  );
}
