import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { completed } from './openapi-completion.js';
import { decorate } from './openapi-decorators.js';
import { SCHEMAS } from './schemas.js';

// Here, where it is done once: decorators add to what is there.
decorate();

const ABOUT = `
Books places of events and never sells one twice.

- **Try again safely**: send an \`Idempotency-Key\` with every command; a repeat gets the first answer, marked
  \`Idempotency-Replayed: true\`. A 503 says when to come back.
- **Read what you wrote**: every answer carries \`Holdfast-Position\`; send it with a read.
- **Follow what happens**: \`GET /v1/feed\` goes on where you were, by \`Last-Event-ID\`.
- **Change what you saw**: send the \`ETag\` as \`If-Match\`.
- **Act on \`code\`**: every error is a problem document (RFC 9457).
`;

const CSS = `
.swagger-ui .topbar { display: none }
.swagger-ui { max-width: 1100px; margin: 0 auto }
.swagger-ui .info { margin: 36px 0 20px }
.swagger-ui .info .title { font-size: 34px; letter-spacing: -0.5px }
.swagger-ui .scheme-container { background: transparent; box-shadow: none; padding: 0 0 12px }
.swagger-ui .opblock { border-radius: 10px; box-shadow: none }
.swagger-ui .opblock-tag { font-size: 21px }
.swagger-ui .opblock .opblock-summary-path { font-size: 14px }
`;

/**
 * The API's description at `/openapi.json`, and as a page at `/docs`, on a router of its own: the service's takes no more
 * routes once it listens, and this module is loaded when somebody asks.
 */
export async function descriptionPages(app: INestApplication, version: string): Promise<FastifyInstance> {
  const pages = new FastifyAdapter();
  const host = { getHttpAdapter: () => pages } as unknown as INestApplication;
  SwaggerModule.setup('docs', host, () => descriptionOf(app, version), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Holdfast',
    customCss: CSS,
    swaggerOptions: {
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
      persistAuthorization: true,
      validatorUrl: null,
    },
  });
  const instance = pages.getInstance<FastifyInstance>();
  await instance.ready();
  return instance;
}

/** `EventsController`, `list` → `eventsList`. */
const operationIdFactory = (controller: string, method: string): string =>
  controller.replace(/Controller$/, '').replace(/^./, (first) => first.toLowerCase()) +
  method.replace(/^./, (first) => first.toUpperCase());

function descriptionOf(app: INestApplication, version: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Holdfast')
    .setDescription(ABOUT)
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addTag('Events', 'What can be booked')
    .addTag('Bookings', 'Who has which places')
    .addTag('Feed', 'What happens, as it happens')
    .addTag('People', 'What they are called, and forgetting it')
    .addTag('Webhooks', 'Who else is told of what happens')
    .addTag('Operations', 'For whoever runs it')
    .build();
  const components = { ...config.components, schemas: SCHEMAS as NonNullable<OpenAPIObject['components']>['schemas'] };
  const told = { ...config, components } as Omit<OpenAPIObject, 'paths'>;
  return completed(SwaggerModule.createDocument(app, told, { autoTagControllers: false, operationIdFactory }));
}
