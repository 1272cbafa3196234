import { Component, createRef } from 'preact';
import { agoText, clockText, laneOf, lagText, stepText } from '../../shared/standing.js';
import type { GenerationTold, StandingTold } from '../../shared/standing.js';
import { LagChart } from './lag-chart.js';
import { operate, readStanding } from './projections.js';
import { Pulse } from './pulse.js';

const LOOK_EVERY_MS = 1_000;
/** To read why the page goes. */
const READ_MS = 2_500;

interface Props {
  readonly mayOperate: boolean;
}

interface State {
  readonly standing: StandingTold | null;
  /** Why the last wish could not be. */
  readonly refused: string | null;
  /** What is asked for once more before it is done. */
  readonly asks: { readonly what: 'rebuild' | 'switch' | 'pause'; readonly generation: number } | null;
  readonly reason: string;
  readonly isBusy: boolean;
}

const number = (text: string): string => Number(text).toLocaleString('en-GB');

/** The generations of the tables, looked at every second; the same as `templates/projectors.eta`, with a chart and buttons. */
export class Projectors extends Component<Props, State> {
  override state: State = { standing: null, refused: null, asks: null, reason: '', isBusy: false };
  private readonly pulse = new Pulse();
  private readonly figure = createRef<HTMLElement>();
  private chart: LagChart | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  override componentDidMount(): void {
    this.chart = new LagChart(this.figure.current!);
    void this.look();
  }

  override componentWillUnmount(): void {
    clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    if (!document.hidden) this.take(await readStanding());
    this.timer = setTimeout(() => void this.look(), LOOK_EVERY_MS);
  }

  private take(answer: StandingTold | 'away' | 'ended'): void {
    this.pulse.tell(typeof answer === 'string' ? answer : 'live');
    if (answer === 'ended') setTimeout(() => location.reload(), READ_MS);
    if (typeof answer === 'string') return;
    this.setState({ standing: answer });
    const live = answer.generations.find((generation) => generation.live);
    if (live !== undefined) this.chart?.add(Date.now(), live.behind, live.lagMs);
  }

  private async want(what: 'pause' | 'resume' | 'rebuild' | 'switch', fields: object): Promise<void> {
    this.setState({ isBusy: true, refused: null, asks: null, reason: '' });
    const answer = await operate(what, fields);
    this.setState({ isBusy: false });
    if (typeof answer === 'object' && 'refused' in answer) this.setState({ refused: answer.refused });
    else this.take(answer);
  }

  private readonly cancel = (): void => this.setState({ asks: null });

  /** Asked once more, in the place of the buttons. */
  private question() {
    const { asks, reason } = this.state;
    if (asks === null) return null;
    const { what, generation } = asks;
    const says = {
      pause: `Have generation ${generation} stand still? Bookings go on; readers see no more of them.`,
      switch: `Show generation ${generation} to all readers?`,
      rebuild: 'Fold the log into the next generation, beside the live one?',
    };
    const fields = what === 'rebuild' ? {} : { generation, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) };
    return (
      <form
        class="question"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          void this.want(what, fields);
        }}
      >
        <p>{says[what]}</p>
        {what === 'pause' && (
          <label>
            Why{' '}
            <input
              value={reason}
              maxLength={500}
              onInput={({ currentTarget }) => this.setState({ reason: currentTarget.value })}
            />
          </label>
        )}
        <button ref={(button) => button?.focus()}>Yes</button>{' '}
        <button type="button" class="quiet" onClick={this.cancel}>
          No
        </button>
      </form>
    );
  }

  private buttons({ generation, live, state }: GenerationTold) {
    const { asks, isBusy } = this.state;
    // One that is being made is left to whoever makes it.
    if (!this.props.mayOperate || state === 'building') return null;
    if (asks !== null && asks.what !== 'rebuild' && asks.generation === generation) return this.question();
    const ask = (what: 'pause' | 'switch') => () => this.setState({ asks: { what, generation }, refused: null });
    const isStill = state === 'paused' || state === 'halted';
    const mayShow = !live && (state === 'up to date' || state === 'behind');
    return (
      <p class="buttons">
        {isStill ? (
          <button class="quiet" disabled={isBusy} onClick={() => void this.want('resume', { generation })}>
            {state === 'halted' ? 'Try again' : 'Resume'}
          </button>
        ) : (
          <button class="quiet" disabled={isBusy} onClick={ask('pause')}>
            Pause
          </button>
        )}
        {mayShow && (
          <button class="quiet" disabled={isBusy} onClick={ask('switch')}>
            Show to all readers
          </button>
        )}
      </p>
    );
  }

  private generation(found: GenerationTold) {
    const { generation, live, state, position, movedAt, shownAt, halt, pause } = found;
    return (
      <section class="card generation" key={generation} aria-labelledby={`generation-${generation}`}>
        <h2 id={`generation-${generation}`}>
          Generation {generation} {live && <span class="tag">live</span>}{' '}
          <span class={`word is-${state.replaceAll(' ', '-')}`}>{state}</span>
        </h2>
        <dl class="facts">
          <dt>Position</dt>
          <dd>{number(position)}</dd>
          <dt>Behind</dt>
          <dd>{lagText(found)}</dd>
          <dt>Last moved</dt>
          <dd>
            <time dateTime={movedAt}>{agoText(movedAt, Date.now())}</time>
          </dd>
          {shownAt !== null && <dt>Shown since</dt>}
          {shownAt !== null && <dd>{clockText(shownAt)}</dd>}
        </dl>
        {halt !== null && (
          <div class="state error">
            <h3>Halted before position {number(halt.position)}</h3>
            <p>{halt.reason}</p>
            <p>
              <a href={`/control-room/events/${halt.eventId}?revision=${halt.revision}`}>
                {halt.eventId}, revision {halt.revision}
              </a>{' '}
              <span class="soft">since {clockText(halt.since)}</span>
            </p>
          </div>
        )}
        {pause !== null && (
          <div class="state away">
            <p>
              Paused by {pause.by} <span class="soft">since {clockText(pause.since)}</span>
              {pause.reason !== null && `: ${pause.reason}`}
            </p>
          </div>
        )}
        {this.buttons(found)}
      </section>
    );
  }

  private lane(standing: StandingTold) {
    const { asks, isBusy } = this.state;
    const lane = laneOf(standing);
    const { rebuild } = standing;
    return (
      <section class="card" aria-labelledby="rebuild-title">
        <h2 id="rebuild-title">Rebuild</h2>
        {lane !== null ? (
          <>
            <p role="status">
              Generation {lane.generation}: {lane.said}
            </p>
            <progress
              aria-label={`Generation ${lane.generation}`}
              {...(lane.share === null ? {} : { value: lane.share })}
            />
          </>
        ) : rebuild !== null ? (
          <p class={`ended is-${rebuild.step}`} role="status">
            {stepText(rebuild)}
          </p>
        ) : (
          <p class="soft">No generation is being made.</p>
        )}
        {this.props.mayOperate && lane === null && asks?.what !== 'rebuild' && (
          <p class="buttons">
            <button
              class="quiet"
              disabled={isBusy}
              onClick={() => this.setState({ asks: { what: 'rebuild', generation: 0 }, refused: null })}
            >
              Rebuild
            </button>
          </p>
        )}
        {asks?.what === 'rebuild' && this.question()}
      </section>
    );
  }

  override render(_: Props, { standing, refused }: State) {
    return (
      <>
        <p class="soft">
          The tables are folded from the log, which ends at position{' '}
          <strong>{standing === null ? '…' : number(standing.head)}</strong>.
        </p>
        <figure class="course" ref={this.figure}>
          <figcaption>
            How far the live generation is behind, since this page was opened; UTC
            <span class="legend">
              <span class="held">events</span>
              <span class="waiting">seconds</span>
            </span>
          </figcaption>
        </figure>
        {refused !== null && (
          <p class="state error" role="alert">
            {refused}
          </p>
        )}
        {standing === null ? (
          <p class="state loading">Looking at the tables …</p>
        ) : (
          <>
            <div class="lanes">{standing.generations.map((found) => this.generation(found))}</div>
            {this.lane(standing)}
          </>
        )}
      </>
    );
  }
}
