import type { FastifyRequest } from 'fastify';
import { EraseUser } from '../../application/commands/erase-user.js';
import { PutProfile } from '../../application/commands/put-profile.js';
import { GetProfile } from '../../application/queries/get-profile.js';
import { isBoxOffice } from './access.js';
import { fieldsOf, noFields } from './fields.js';
import { callerOf, ifMatchFor, userIdOf } from './request.js';
import { ProfileFields } from './user-fields.js';

export function putProfile(request: FastifyRequest): PutProfile {
  const userId = userIdOf(request);
  const { name, email = null } = fieldsOf(ProfileFields, request.body);
  return new PutProfile({ userId, name, email }, ownerFor(request), ifMatchFor(request, userId));
}

export function getProfile(request: FastifyRequest): GetProfile {
  noFields(request.query);
  return new GetProfile(userIdOf(request), ownerFor(request));
}

export function eraseUser(request: FastifyRequest): EraseUser {
  const userId = userIdOf(request);
  noFields(request.body);
  return new EraseUser(userId, callerOf(request).userId);
}

/** Whose profile it must be: only the box office may see and say anybody's. */
function ownerFor(request: FastifyRequest): string | null {
  const caller = callerOf(request);
  return isBoxOffice(caller) ? null : caller.userId;
}
