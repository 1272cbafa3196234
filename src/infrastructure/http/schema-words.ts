/** The words in which shapes of answers are described. Each has an example. */
export type Schema = Readonly<Record<string, unknown>>;

export const instant = (example: string): Schema => ({ type: 'string', format: 'date-time', example });
export const orNull = (schema: Schema): Schema => ({ ...schema, type: [schema['type'], 'null'] });
export const text = (example: string): Schema => ({ type: 'string', example });
export const count = (example: number): Schema => ({ type: 'integer', minimum: 0, example });
export const flag = (example: boolean): Schema => ({ type: 'boolean', example });

/** Numbers by names that are not known beforehand, such as codes. */
export const counts = (description: string, example: Readonly<Record<string, number>>): Schema => ({
  ...{ type: 'object', additionalProperties: { type: 'integer', minimum: 0 }, description, example },
});

export const object = (properties: Readonly<Record<string, Schema>>, about: Schema = {}): Schema => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
  ...about,
});
