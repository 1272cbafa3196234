import { CHECKS, LOCK_CHECKS, eventStoreContract } from './event-store.contract.js';
import { inMemorySubject } from './subject.js';

eventStoreContract('The in-memory store', [...CHECKS, ...LOCK_CHECKS], inMemorySubject);
