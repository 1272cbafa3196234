import { described } from './described.js';
import { PauseProjectionsFields, ResumeProjectionsFields, SwitchProjectionsFields } from './projection-fields.js';

const STANDING = { status: 200, schema: 'Projections', says: 'How the tables stand now' } as const;
const REFUSED = ['operation-refused'];

export const getProjections = () =>
  described({
    route: 'GET /v1/projections',
    tag: 'Operations',
    summary: 'How far each generation of the tables has followed the log',
    answer: STANDING,
  });

export const pauseProjections = () =>
  described({
    route: 'POST /v1/projections/pause',
    tag: 'Operations',
    summary: 'Have the projectors stand still, between two batches, until resume',
    text: 'Bookings go on; readers see no more of them. Again it changes nothing.',
    answer: STANDING,
    body: PauseProjectionsFields,
    problems: REFUSED,
  });

export const resumeProjections = () =>
  described({
    route: 'POST /v1/projections/resume',
    tag: 'Operations',
    summary: 'Let paused projectors go on, and halted ones try again',
    answer: STANDING,
    body: ResumeProjectionsFields,
    problems: REFUSED,
  });

export const rebuildProjections = () =>
  described({
    route: 'POST /v1/projections/rebuild',
    tag: 'Operations',
    summary: 'Fold the log into the next generation while the live one serves, and compare both',
    text: 'It goes on beside the process that was asked, which shows how far it is; if that ends, ask again and it goes on.',
    answer: { ...STANDING, status: 202, says: 'It has begun' },
    problems: REFUSED,
  });

export const switchProjections = () =>
  described({
    route: 'POST /v1/projections/switch',
    tag: 'Operations',
    summary: 'Show a generation that was rebuilt to all readers, in one transaction',
    text: 'Refused while it is behind the live one, stands still, or is not complete: nobody who reads on sees less.',
    answer: STANDING,
    body: SwitchProjectionsFields,
    problems: REFUSED,
  });
