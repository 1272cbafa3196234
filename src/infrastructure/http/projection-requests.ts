import type { FastifyRequest } from 'fastify';
import { OperateProjections } from '../../application/commands/operate-projections.js';
import { GetProjections } from '../../application/queries/get-projections.js';
import { fieldsOf, noFields } from './fields.js';
import { PauseProjectionsFields, ResumeProjectionsFields, SwitchProjectionsFields } from './projection-fields.js';
import { callerOf } from './request.js';

export function getProjections(request: FastifyRequest): GetProjections {
  noFields(request.query);
  return new GetProjections();
}

export function pauseProjections(request: FastifyRequest): OperateProjections {
  const { generation = null, reason = null } = fieldsOf(PauseProjectionsFields, request.body);
  return new OperateProjections({ kind: 'pause', generation, by: callerOf(request).userId, reason });
}

export function resumeProjections(request: FastifyRequest): OperateProjections {
  const { generation = null } = fieldsOf(ResumeProjectionsFields, request.body);
  return new OperateProjections({ kind: 'resume', generation });
}

export function rebuildProjections(request: FastifyRequest): OperateProjections {
  noFields(request.body);
  return new OperateProjections({ kind: 'rebuild' });
}

export function switchProjections(request: FastifyRequest): OperateProjections {
  const { generation = null } = fieldsOf(SwitchProjectionsFields, request.body);
  return new OperateProjections({ kind: 'switch', generation });
}
