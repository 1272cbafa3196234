/** A moment that comes again and again, for everybody who waits for it at once. */
export class Beat {
  private waiting: (() => void)[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(everyMs: number) {
    this.timer = setInterval(() => this.strike(), everyMs);
  }

  next(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  stop(): void {
    clearInterval(this.timer);
    this.strike();
  }

  private strike(): void {
    for (const go of this.waiting.splice(0)) go();
  }
}
