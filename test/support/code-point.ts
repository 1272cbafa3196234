import fc from 'fast-check';

/** Any character that text in Postgres may hold. fast-check's own unit for this, `binary`, takes a second to be made. */
export const codePoint = fc
  .oneof(fc.integer({ min: 1, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((number) => String.fromCodePoint(number));
