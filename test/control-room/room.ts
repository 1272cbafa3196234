import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { HS256, SECRET, tokenOf } from '../support/credentials.js';
import { FrontDoor } from '../support/front-door.js';

/** Longer than anything a page does by itself; a test that waits so long has failed. */
const PATIENCE_MS = 8_000;
/** The service's own, where the front door of other tests has short ones. */
const FEED = { feedLifeMs: 3_600_000 };
const ALL_SCOPES = 'audit:read booking event:manage ops';

export interface Look {
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  readonly script?: boolean;
  /** "ada audit:read"; null: nobody has signed in. */
  readonly as?: string | null;
}

/** The service over a log in memory, on a port of this machine, and a browser to look at it. */
export class Room {
  private readonly contexts = new Map<string, Promise<BrowserContext>>();

  private constructor(
    readonly door: FrontDoor,
    readonly browser: Browser,
    readonly url: string,
  ) {}

  static async open(): Promise<Room> {
    return Room.beside(await openBrowser());
  }

  /** Another service, looked at with a browser that is open. */
  static async beside(browser: Browser): Promise<Room> {
    const auth = { ...HS256, key: { kind: 'development', secret: SECRET } } as const;
    const door = await FrontDoor.open({ auth }, {}, FEED, undefined, undefined, true);
    await door.app.listen(0, '127.0.0.1');
    const { port } = door.app.getHttpServer().address() as AddressInfo;
    return new Room(door, browser, `http://127.0.0.1:${port}`);
  }

  /** The service, and what looks at it; `browser` false: that stays open. */
  async close({ browser = true } = {}): Promise<void> {
    for (const context of this.contexts.values()) await (await context).close();
    if (browser) await this.browser.close();
    await this.door.close();
  }

  /** A window; those that look alike have one cookie jar. Nobody signed in: one of its own. */
  async look(path: string, look: Look = {}): Promise<Page> {
    const alike = look.as === null ? path + this.contexts.size : JSON.stringify(look);
    const context = await (this.contexts.get(alike) ?? this.contextOf(alike, look));
    const page = await context.newPage();
    await page.goto(path);
    return page;
  }

  private contextOf(alike: string, look: Look): Promise<BrowserContext> {
    const context = this.openContext(look);
    this.contexts.set(alike, context);
    return context;
  }

  private async openContext(look: Look): Promise<BrowserContext> {
    const { scheme = 'light', width = 1280, height = 800, script = true, as = `operator ${ALL_SCOPES}` } = look;
    const context = await this.browser.newContext({
      ...{ baseURL: this.url, colorScheme: scheme, viewport: { width, height }, javaScriptEnabled: script },
      ...{ locale: 'en-GB', timezoneId: 'Europe/Berlin', reducedMotion: 'reduce' as const },
    });
    context.setDefaultTimeout(PATIENCE_MS);
    if (as !== null) await this.signIn(context, as);
    return context;
  }

  private async signIn(context: BrowserContext, as: string): Promise<void> {
    const [subject = '', ...scopes] = as.split(' ');
    const cookie = { name: 'holdfast', value: tokenOf(subject, scopes.join(' ')), httpOnly: true };
    await context.addCookies([{ ...cookie, domain: '127.0.0.1', path: '/', sameSite: 'Strict' }]);
  }
}
