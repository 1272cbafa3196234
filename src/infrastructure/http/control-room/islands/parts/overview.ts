import type { Row } from './rows.js';

const HEIGHT = 96;
const LEAST_PITCH = 3;
const MOST_PITCH = 14;

/** All events at a glance: a square for each, in the order of the grid, as full as it is. Only what changed is painted. */
export class Overview {
  private readonly paint: CanvasRenderingContext2D;
  private readonly dark = matchMedia('(prefers-color-scheme: dark)');
  private columns = 1;
  private pitch = MOST_PITCH;
  private order: readonly string[] = [];
  private readonly at = new Map<string, number>();
  private colours: Readonly<Record<'confirmed' | 'held' | 'free' | 'waiting' | 'off', string>>;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly rowOf: (eventId: string) => Row | undefined,
  ) {
    this.paint = canvas.getContext('2d')!;
    this.colours = coloursOf(canvas);
    this.dark.addEventListener('change', this.recolour);
  }

  end(): void {
    this.dark.removeEventListener('change', this.recolour);
  }

  private readonly recolour = (): void => {
    this.colours = coloursOf(this.canvas);
    this.show(this.order);
  };

  /** Paints everything, in that order. */
  show(order: readonly string[]): void {
    this.order = order;
    this.at.clear();
    for (const [index, eventId] of order.entries()) this.at.set(eventId, index);
    const width = Math.max(1, this.canvas.parentElement!.clientWidth);
    const fitting = Math.floor(Math.sqrt((width * HEIGHT) / Math.max(1, order.length)));
    this.pitch = Math.max(LEAST_PITCH, Math.min(MOST_PITCH, fitting));
    this.columns = Math.max(1, Math.floor(width / this.pitch));
    const height = Math.max(1, Math.ceil(order.length / this.columns)) * this.pitch;
    const scale = window.devicePixelRatio;
    Object.assign(this.canvas, { width: width * scale, height: height * scale });
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    this.paint.scale(scale, scale);
    for (const eventId of order) this.draw(eventId);
  }

  draw(eventId: string): void {
    const index = this.at.get(eventId);
    const row = this.rowOf(eventId);
    if (index === undefined || row === undefined) return;
    const { paint, pitch, colours } = this;
    const x = (index % this.columns) * pitch;
    const y = Math.floor(index / this.columns) * pitch;
    const size = pitch - 1;
    const part = (seats: number): number => (row.capacity === 0 ? 0 : (seats / row.capacity) * size);
    const confirmed = part(row.seatsTaken - row.seatsHeld);
    const held = part(row.seatsHeld);
    paint.fillStyle = row.status === 'cancelled' ? colours.off : colours.free;
    paint.fillRect(x, y, size, size);
    paint.fillStyle = colours.confirmed;
    paint.fillRect(x, y + size - confirmed, size, confirmed);
    paint.fillStyle = colours.held;
    paint.fillRect(x, y + size - confirmed - held, size, held);
    if (row.waiting === 0) return;
    paint.fillStyle = colours.waiting;
    paint.fillRect(x, y, size, Math.max(1, size / 4));
  }

  /** Which event is at a place of the canvas, in pixels of the page. */
  indexAt(x: number, y: number): number | null {
    const index = Math.floor(y / this.pitch) * this.columns + Math.floor(x / this.pitch);
    return index < this.order.length && x < this.columns * this.pitch ? index : null;
  }
}

function coloursOf(element: Element) {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ...{ confirmed: colour('confirmed'), held: colour('held'), free: colour('free'), waiting: colour('waiting') },
    ...{ off: colour('line') },
  };
}
