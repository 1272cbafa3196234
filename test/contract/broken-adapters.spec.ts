import { brokenAdapters, brokenSubject, type BrokenAdapter } from './broken-adapters.js';
import { CHECKS } from './event-store.contract.js';
import type { Subject } from './subject.js';

const harmless = 'what was appended is read back, in order and as it was';

async function verdict(adapter: BrokenAdapter, check: string): Promise<string> {
  const subject: Subject = await brokenSubject(adapter);
  try {
    const outcome = CHECKS.find(({ name }) => name === check)!.run(subject);
    return await outcome.then(
      () => 'kept',
      () => 'broken',
    );
  } finally {
    await subject.close();
  }
}

describe('The contract rejects stores that lose or invent records', () => {
  it.each(brokenAdapters.map((adapter) => [adapter.name, adapter] as const))('%s', async (_, adapter) => {
    expect(await verdict(adapter, harmless)).toBe('kept');
    expect(await verdict(adapter, adapter.rejectedBy)).toBe('broken');
  });
});
