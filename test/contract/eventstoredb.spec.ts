import { eventStoreDbSubject } from '../support/eventstoredb/subject.js';
import { CHECKS, eventStoreContract } from './event-store.contract.js';

eventStoreContract('The EventStoreDB store', CHECKS, () => eventStoreDbSubject());
