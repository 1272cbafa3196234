import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import * as words from './words.js';

const eta = new Eta({ views: fileURLToPath(new URL('templates', import.meta.url)), cache: true });

/** A page as HTML. What is put into it with `<%=` is escaped. */
export const render = (template: string, data: object): string => eta.render(`./${template}`, { ...data, ...words });
