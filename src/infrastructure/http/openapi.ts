import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { completed } from './openapi-completion.js';
import { decorate } from './openapi-decorators.js';
import { SCHEMAS } from './schemas.js';

const ABOUT = `
Books places of events and never sells one twice.

- **Try again safely**: send an \`Idempotency-Key\` with every command; a repeat gets the first answer, marked
  \`Idempotency-Replayed: true\`. A 503 says when to come back.
- **Read what you wrote**: what is done to events and bookings, and what is shown of them, comes with a \`Holdfast-Position\`; send it with a read.
- **Follow what happens**: \`GET /v1/feed\` goes on where you were, by \`Last-Event-ID\`.
- **Change what you saw**: send the \`ETag\` as \`If-Match\`.
- **Act on \`code\`**: every error is a problem document (RFC 9457).
`;

/** `EventsController`, `list` → `eventsList`. */
const operationIdFactory = (controller: string, method: string): string =>
  controller.replace(/Controller$/, '').replace(/^./, (first) => first.toLowerCase()) +
  method.replace(/^./, (first) => first.toUpperCase());

/**
 * The API's description as openapi.json has it: from the routes, what their decorators say, and the schemas. Once in a
 * process: decorators add to what is there.
 */
export function descriptionOf(app: INestApplication, version: string): OpenAPIObject {
  decorate();
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
