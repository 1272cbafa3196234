import { Field, whole, type Rule } from './fields.js';

const NUMBER = whole({ min: 1, max: 999_999_999, default: 2 });
const GENERATION: Rule = { ...NUMBER, expected: 'the number of a generation, such as 2' };

/** What is kept, and read by people. */
const REASON: Rule = {
  expected: 'text of 1 to 500 characters, without control characters and not blank',
  schema: { type: 'string', minLength: 1, maxLength: 500, examples: ['moving to other disks'] },
  test: (value) =>
    typeof value === 'string' && value.trim() !== '' && [...value].length <= 500 && !/\p{Cc}/u.test(value),
};

/** `POST /v1/projections/pause` */
export class PauseProjectionsFields {
  @Field(GENERATION, 'optional', { description: 'Which; all unless said' }) generation?: number;
  @Field(REASON, 'optional', { description: 'Why; kept with your user id until it is resumed' }) reason?: string;
}

/** `POST /v1/projections/resume` */
export class ResumeProjectionsFields {
  @Field(GENERATION, 'optional', { description: 'Which; all unless said' }) generation?: number;
}

/** `POST /v1/projections/switch` */
export class SwitchProjectionsFields {
  @Field(GENERATION, 'optional', { description: 'Which; the one that is not live, if there is one only' })
  generation?: number;
}
