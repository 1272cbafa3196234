import { SetTime } from './service.js';

/** Its pauses are over at once; what they would have lasted is told, and is all that its alarms go by. */
export class BriskTime extends SetTime {
  private slept = 0;
  private readonly alarms = new Set<{ readonly at: number; readonly ring: () => void }>();

  constructor(private readonly onPause: (ms: number) => void) {
    super();
  }

  override async sleep(ms: number): Promise<void> {
    this.onPause(ms);
    this.slept += ms;
    for (const alarm of this.alarms) if (alarm.at <= this.slept && this.alarms.delete(alarm)) alarm.ring();
    await super.turn();
  }

  override alarm(ms: number, ring: () => void): () => void {
    const alarm = { at: this.slept + ms, ring };
    this.alarms.add(alarm);
    return () => this.alarms.delete(alarm);
  }
}
