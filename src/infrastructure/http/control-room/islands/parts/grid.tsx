import { Component, createRef } from 'preact';
import { Card } from './card.js';
import { Figures } from './figures.js';
import { ordered, SORTS, type Sort } from './order.js';
import { Overview } from './overview.js';
import { Pulse } from './pulse.js';
import { Source } from './source.js';

const CARD_WIDTH = 248;
const CARD_HEIGHT = 108;
const GAP = 12;
const PITCH = CARD_HEIGHT + GAP;
/** Rows of cards beyond the window, so that scrolling finds them there. */
const SPARE = 2;
/** What changes meanwhile is drawn together. */
const DRAW_EVERY_MS = 80;
/** An order that follows what changes is found again at most so often: cards that jump cannot be read. */
const REORDER_MS = 2_000;
/** To read why the page goes. */
const READ_MS = 2_500;

interface Props {
  readonly query: string;
  readonly seesAll: boolean;
  /** The form of the page that says which events are listed. */
  readonly filters: HTMLElement;
}

interface State {
  readonly order: readonly string[];
  readonly text: string;
  readonly sort: Sort;
  /** Counts up: draw again. */
  readonly drawn: number;
}

/** Every event as a card, those in the window only; and all of them as squares above. */
export class Grid extends Component<Props, State> {
  override state: State = { order: [], text: '', sort: 'starts', drawn: 0 };
  private readonly pulse = new Pulse();
  private source: Source | null = null;
  private overview: Overview | null = null;
  private readonly canvas = createRef<HTMLCanvasElement>();
  private readonly list = createRef<HTMLUListElement>();
  private readonly tools = createRef<HTMLDivElement>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private isDrawing = false;
  private orderedAt = 0;

  override componentDidMount(): void {
    this.tools.current!.append(this.props.filters);
    this.source = new Source(this.props, {
      read: () => this.reorder(),
      connection: (connection) => {
        this.pulse.tell(connection);
        if (connection === 'ended') setTimeout(() => location.reload(), READ_MS);
      },
    });
    this.overview = new Overview(this.canvas.current!, (eventId) => this.source!.rows.byId.get(eventId));
    this.timer = setInterval(this.drawChanges, DRAW_EVERY_MS);
    addEventListener('scroll', this.redraw, { passive: true });
    addEventListener('resize', this.resize);
  }

  override componentWillUnmount(): void {
    removeEventListener('scroll', this.redraw);
    removeEventListener('resize', this.resize);
    clearInterval(this.timer);
    this.source?.end();
    this.overview?.end();
  }

  private readonly resize = (): void => {
    this.overview?.show(this.state.order);
    this.redraw();
  };

  private readonly redraw = (): void => {
    if (this.isDrawing) return;
    this.isDrawing = true;
    requestAnimationFrame(() => {
      this.isDrawing = false;
      this.setState(({ drawn }) => ({ drawn: drawn + 1 }));
    });
  };

  private readonly drawChanges = (): void => {
    const { changed, byId } = this.source!.rows;
    if (changed.size === 0) return;
    for (const eventId of changed) this.overview?.draw(eventId);
    changed.clear();
    const { sort, order, text } = this.state;
    const isLate = Date.now() - this.orderedAt > REORDER_MS;
    const isNew = text === '' && order.length !== byId.size;
    if (isNew || (isLate && sort !== 'starts' && sort !== 'title')) this.reorder();
    this.redraw();
  };

  private reorder(text = this.state.text, sort = this.state.sort): void {
    this.orderedAt = Date.now();
    const order = ordered(this.source!.rows.byId.values(), text, sort);
    this.overview?.show(order);
    this.setState({ order, text, sort });
  }

  private layout() {
    const width = this.list.current?.clientWidth ?? 0;
    const top = this.list.current?.getBoundingClientRect().top ?? 0;
    const columns = Math.max(1, Math.floor((width + GAP) / (CARD_WIDTH + GAP)));
    const cardWidth = Math.floor((width - (columns - 1) * GAP) / columns);
    const { length } = this.state.order;
    const height = Math.max(0, Math.ceil(length / columns) * PITCH - GAP);
    const from = Math.max(0, Math.floor(-top / PITCH) - SPARE) * columns;
    const to = Math.min(length, (Math.ceil((innerHeight - top) / PITCH) + SPARE) * columns);
    return { columns, cardWidth, height, from, to };
  }

  /** Arrow keys go from card to card, beyond the window too. */
  private readonly onKey = (event: KeyboardEvent): void => {
    const at = Number((event.target as HTMLElement).dataset['index']);
    const { columns } = this.layout();
    const steps: Readonly<Record<string, number>> = {
      ...{ ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns },
    };
    const step = steps[event.key];
    if (step === undefined || Number.isNaN(at)) return;
    event.preventDefault();
    this.goTo(at + step);
  };

  private readonly onPick = (event: MouseEvent): void => {
    const index = this.overview?.indexAt(event.offsetX, event.offsetY) ?? null;
    if (index !== null) this.goTo(index);
  };

  private goTo(index: number): void {
    if (index < 0 || index >= this.state.order.length) return;
    const { columns } = this.layout();
    const list = this.list.current!;
    const top = list.getBoundingClientRect().top + Math.floor(index / columns) * PITCH;
    if (top < 0 || top + PITCH > innerHeight) scrollBy({ top: top - innerHeight / 2 });
    const focus = (): void =>
      list.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus({ preventScroll: true });
    this.setState(({ drawn }) => ({ drawn: drawn + 1 }), focus);
  }

  private cards() {
    const { order } = this.state;
    const { columns, cardWidth, from, to } = this.layout();
    return order.slice(from, to).map((eventId, offset) => {
      const index = from + offset;
      const x = (index % columns) * (cardWidth + GAP);
      const y = Math.floor(index / columns) * PITCH;
      const row = this.source!.rows.byId.get(eventId);
      if (row === undefined) return null;
      return <Card key={eventId} row={row} index={index} count={order.length} width={cardWidth} x={x} y={y} />;
    });
  }

  override render(_: Props, { order, text, sort }: State) {
    const isLoading = this.source?.isLoading ?? true;
    return (
      <section class="grid" aria-label="Events, live">
        <Figures rows={this.source?.rows.byId.values() ?? []} />
        <div class="overview">
          <canvas
            ref={this.canvas}
            role="img"
            aria-label={`${order.length} events, a square for each`}
            onClick={this.onPick}
          />
        </div>
        <div class="tools" ref={this.tools}>
          <label>
            Find
            <input type="search" value={text} onInput={({ currentTarget }) => this.reorder(currentTarget.value)} />
          </label>
          <label>
            Order
            <select value={sort} onChange={({ currentTarget }) => this.reorder(text, currentTarget.value as Sort)}>
              {Object.entries(SORTS).map(([value, says]) => (
                <option key={value} value={value}>
                  {says}
                </option>
              ))}
            </select>
          </label>
        </div>
        {order.length === 0 && (
          <p class={`state ${isLoading ? 'loading' : 'empty'}`}>
            {isLoading
              ? 'Reading the events …'
              : text === ''
                ? 'No events here: choose other filters, or schedule one.'
                : 'No event has that in its name.'}
          </p>
        )}
        <ul class="events" ref={this.list} style={{ height: `${this.layout().height}px` }} onKeyDown={this.onKey}>
          {this.cards()}
        </ul>
      </section>
    );
  }
}
