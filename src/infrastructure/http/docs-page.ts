import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';

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
 * The API's description as a page at `/docs`, on a router of its own: the service's takes no more routes once it listens,
 * and this module is loaded when somebody asks.
 */
export async function descriptionPage(description: OpenAPIObject): Promise<FastifyInstance> {
  const pages = new FastifyAdapter();
  const host = { getHttpAdapter: () => pages } as unknown as INestApplication;
  SwaggerModule.setup('docs', host, description, {
    raw: false,
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
