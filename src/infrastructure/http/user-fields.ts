import { Field, RULES } from './fields.js';

/** `PUT /v1/users/:userId`: all of it, each time. */
export class ProfileFields {
  @Field(RULES.name, 'required') name!: string;
  @Field(RULES.email, 'nullable', { description: `Where they can be reached: ${RULES.email.expected}; absent is null` })
  email?: string | null;
}
