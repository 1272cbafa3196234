/** Made from openapi.json by `npm run docs:openapi`. */
export interface paths {
  '/v1/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Events, the next one first
     * @description Accept: `application/json` gives pages, `application/x-ndjson` and `text/csv` everything, or a page where `limit` is said. Everything is read page by page, each row as it then was; a body without its proper end is not the whole.
     */
    get: operations['eventsList'];
    put?: never;
    /**
     * Put an event up for booking
     * @description With capacity 1 (the default) it is a slot that can be booked once.
     *
     *     Needs one of the scopes: `event:manage`.
     */
    post: operations['eventsSchedule'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/events/{eventId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One event
     * @description Send the ETag back as If-None-Match to be answered 304 while nothing has changed.
     */
    get: operations['eventsGet'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /**
     * Change an event
     * @description Absent is unchanged, null clears. If-Match fails only when somebody else changed the event since; bookings made in between do not matter.
     *
     *     Needs one of the scopes: `event:manage`.
     */
    patch: operations['eventsChange'];
    trace?: never;
  };
  '/v1/events/{eventId}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Call an event off, and with it every booking
     * @description Needs one of the scopes: `event:manage`.
     */
    post: operations['eventsCancel'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/events/{eventId}/calendar.ics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One event, for calendars
     * @description RFC 5545. Once the event is called off, the entry cancels itself.
     */
    get: operations['eventsCalendar'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/events/{eventId}/availability': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * How many places are left
     * @description With asOf: as it was at that moment, folded from the log (`audit:read`). A hold counts until its end is in the log.
     */
    get: operations['eventsAvailability'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/events/{eventId}/history': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What happened, who did it, and why
     * @description The facts of the log in their order. Users see those of their own bookings; the box office and `audit:read` see all. Accept: `application/json` gives pages, `application/x-ndjson` and `text/csv` everything at once.
     *
     *     Needs one of the scopes: `audit:read`, `booking`, `booking:any`.
     */
    get: operations['eventsHistory'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/events/{eventId}/contention': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * How hard people press for its places
     * @description What one process has counted of the commands on this event: another one has figures of its own, and a restart begins again. `since` says from when on.
     *
     *     Needs one of the scopes: `audit:read`, `booking:any`.
     */
    get: operations['eventsContention'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/events/{eventId}/refusals': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Who was refused, and what had taken the place
     * @description In the order of their time. They are kept beside the log, as well as it goes: an item with the code `not-kept` says how many are missing there. Accept: `application/json` gives pages, `application/x-ndjson` and `text/csv` everything at once.
     *
     *     Needs one of the scopes: `audit:read`.
     */
    get: operations['eventsRefusals'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/events/{eventId}/bookings': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Book places
     * @description At once, or first as a hold to be confirmed; with waitlist: true a turn in the line when no place can be had. A reference is kept for ever: an order number, never a name.
     *
     *     Needs one of the scopes: `booking`, `booking:any`.
     */
    post: operations['bookingsBook'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/events/{eventId}/bookings/{bookingId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One booking
     * @description Send the ETag back as If-None-Match to be answered 304 while nothing has changed. A hold and a turn in the line are always sent: what is left of them changes by itself.
     *
     *     Needs one of the scopes: `booking`, `booking:any`.
     */
    get: operations['bookingsGet'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /**
     * Change seats or reference of a booking
     * @description Fewer seats are always possible; more only as a booking of that many would be.
     *
     *     Needs one of the scopes: `booking`, `booking:any`.
     */
    patch: operations['bookingsChange'];
    trace?: never;
  };
  '/v1/events/{eventId}/bookings/{bookingId}/calendar.ics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One booking, for calendars
     * @description RFC 5545: tentative while held or waiting; once the booking has ended, the entry cancels itself.
     *
     *     Needs one of the scopes: `booking`, `booking:any`.
     */
    get: operations['bookingsCalendar'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/events/{eventId}/bookings/{bookingId}/confirm': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Turn a hold into a booking
     * @description Needs one of the scopes: `booking`, `booking:any`.
     */
    post: operations['bookingsConfirm'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/events/{eventId}/bookings/{bookingId}/extend': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Ask for more time for a hold
     * @description Needs one of the scopes: `booking`, `booking:any`.
     */
    post: operations['bookingsExtend'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/events/{eventId}/bookings/{bookingId}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Give the places, or the turn in the line, back
     * @description Needs one of the scopes: `booking`, `booking:any`.
     */
    post: operations['bookingsCancel'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/bookings': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Bookings, the latest first
     * @description Your own, unless you are the box office. Accept: `application/json` gives pages, `application/x-ndjson` and `text/csv` everything, or a page where `limit` is said. Everything is read page by page, each row as it then was; a body without its proper end is not the whole.
     *
     *     Needs one of the scopes: `booking`, `booking:any`.
     */
    get: operations['bookingsList'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/feed': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What is committed, as it is committed
     * @description Server-sent events, in the order of the log: `id` is the position, `event` the type of the domain event, `data` a `FeedFact`. Last-Event-ID resumes after a position, without loss or repeat; without it: from now on. Users see facts about events and about their own bookings; the box office and `audit:read` see all. Heart-beats move the id along. A last message `bye` says why the stream ends, at the latest with the token.
     *
     *     Needs one of the scopes: `audit:read`, `booking`, `booking:any`.
     */
    get: operations['feedFollow'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/users/{userId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What is known of a person
     * @description Your own, unless you are the box office. Names and e-mail addresses are here and nowhere else.
     *
     *     Needs one of the scopes: `booking`, `booking:any`.
     */
    get: operations['usersGet'];
    /**
     * Say what a person is called
     * @description Your own, unless you are the box office. All of it is replaced; the same once more changes nothing.
     *
     *     Needs one of the scopes: `booking`, `booking:any`.
     */
    put: operations['usersPut'];
    post?: never;
    /**
     * Forget a person
     * @description Name and e-mail are deleted, and that they were is recorded. Bookings stay as they are, under an id that now leads to nobody. Again is quiet.
     *
     *     Needs one of the scopes: `user:erase`.
     */
    delete: operations['usersErase'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/webhooks': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Who is told, and how it goes
     * @description Needs one of the scopes: `ops`.
     */
    get: operations['webhooksList'];
    put?: never;
    /**
     * Have somebody told of what happens from now on
     * @description Signed by the scheme of Standard Webhooks, at least once, and of one event in order. The secret is shown in this answer only. Addresses that are not of the public internet are refused.
     *
     *     Needs one of the scopes: `ops`.
     */
    post: operations['webhooksCreate'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/webhooks/{webhookId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One webhook, and how it goes
     * @description Needs one of the scopes: `ops`.
     */
    get: operations['webhooksGet'];
    put?: never;
    post?: never;
    /**
     * Tell it nothing any more, and forget it
     * @description Needs one of the scopes: `ops`.
     */
    delete: operations['webhooksDelete'];
    options?: never;
    head?: never;
    /**
     * Change where it is told and of what, or whether
     * @description Absent is unchanged, null clears. `enabled: true` goes on where it stood, `enabled: false` stops it. Other types count from where it stands on.
     *
     *     Needs one of the scopes: `ops`.
     */
    patch: operations['webhooksChange'];
    trace?: never;
  };
  '/v1/webhooks/{webhookId}/rotate-secret': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Sign with another secret
     * @description For 24 hours messages are signed with both, the new one and the one before.
     *
     *     Needs one of the scopes: `ops`.
     */
    post: operations['webhooksRotate'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/webhooks/{webhookId}/test': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Send it a message that is about nothing
     * @description Of type `WebhookTest`, once, at once, whether it is enabled or not.
     *
     *     Needs one of the scopes: `ops`.
     */
    post: operations['webhooksTest'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/webhooks/{webhookId}/replay': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Send everything again from a position on
     * @description Needs one of the scopes: `ops`.
     */
    post: operations['webhooksReplay'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/webhooks/{webhookId}/deliveries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What it was sent, and what became of it
     * @description Those that ended are kept for 30 days.
     *
     *     Needs one of the scopes: `ops`.
     */
    get: operations['webhooksDeliveries'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/webhooks/{webhookId}/deliveries/{messageId}/replay': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Send one message again
     * @description Needs one of the scopes: `ops`.
     */
    post: operations['webhooksReplayOne'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/rehearsals': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Rehearsals, the latest first
     * @description The last 20 of the process that is asked.
     *
     *     Needs one of the scopes: `ops`.
     */
    get: operations['rehearsalsList'];
    put?: never;
    /**
     * Rehearse a flash sale
     * @description Everybody at once for the places of a scratch event, with either locking strategy; then the log is read and it is counted whether a place was sold twice. It writes to the log, so in production it is off unless REHEARSALS=on. One at a time in each process.
     *
     *     Needs one of the scopes: `ops`.
     */
    post: operations['rehearsalsStart'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/rehearsals/{rehearsalId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * How a rehearsal goes, or went
     * @description Asked of the process that plays it; it remembers the last 20.
     *
     *     Needs one of the scopes: `ops`.
     */
    get: operations['rehearsalsGet'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/projections': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * How far each generation of the tables has followed the log
     * @description Needs one of the scopes: `ops`, `audit:read`.
     */
    get: operations['projectionsGet'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/projections/pause': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Have the projectors stand still, between two batches, until resume
     * @description Bookings go on; readers see no more of them. Again it changes nothing.
     *
     *     Needs one of the scopes: `ops`.
     */
    post: operations['projectionsPause'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/projections/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Let paused projectors go on, and halted ones try again
     * @description Needs one of the scopes: `ops`.
     */
    post: operations['projectionsResume'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/projections/rebuild': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Fold the log into the next generation while the live one serves, and compare both
     * @description It goes on beside the process that was asked, which shows how far it is; if that ends, ask again and it goes on.
     *
     *     Needs one of the scopes: `ops`.
     */
    post: operations['projectionsRebuild'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/projections/switch': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Show a generation that was rebuilt to all readers, in one transaction
     * @description Refused while it is behind the live one, stands still, or is not complete: nobody who reads on sees less.
     *
     *     Needs one of the scopes: `ops`.
     */
    post: operations['projectionsSwitch'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health/live': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Whether the process runs
     * @description 503 says only that sixteen requests of this connection are without an answer.
     */
    get: operations['healthLive'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health/ready': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether requests should be sent here */
    get: operations['healthReady'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What this process counts, for Prometheus
     * @description METRICS_TOKEN, where it is set, is taken as a bearer token too.
     *
     *     Needs one of the scopes: `ops`.
     */
    get: operations['metricsShow'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/openapi.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** This description */
    get: operations['descriptionDocument'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/docs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** This description, to read and to try */
    get: operations['descriptionPage'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/docs/{file}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What that page is made of */
    get: operations['descriptionFile'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Event: {
      /** @example recital */
      eventId: string;
      /** @example Piano recital */
      title: string;
      /**
       * Format: date-time
       * @example 2027-03-01T18:00:00.000Z
       */
      startsAt: string;
      /**
       * Format: date-time
       * @example 2027-03-01T20:00:00.000Z
       */
      endsAt: string | null;
      /** @example Europe/Berlin */
      timeZone: string;
      /** @example room-7 */
      resource: string | null;
      /** @example 100 */
      capacity: number;
      /**
       * @description Held and confirmed
       * @example 0
       */
      seatsTaken: number;
      /**
       * @description Those of them that are held, and may come free
       * @example 0
       */
      seatsHeld: number;
      /** @example 100 */
      seatsFree: number;
      /**
       * @description Turns in the line
       * @example 0
       */
      waiting: number;
      /**
       * @description True when no seat is free
       * @example false
       */
      isBooked: boolean;
      /**
       * @example scheduled
       * @enum {string}
       */
      status: 'scheduled' | 'cancelled';
      /**
       * @description Position in the stream of the event, from 0
       * @example 0
       */
      revision: number;
      /** @example 600 */
      holdSeconds: number;
      /** @example 14400 */
      offerSeconds: number;
      /**
       * Format: date-time
       * @example 2027-01-01T09:00:00.000Z
       */
      salesOpenAt: string | null;
      /**
       * Format: date-time
       * @example 2027-03-01T18:00:00.000Z
       */
      salesCloseAt: string | null;
      /**
       * Format: date-time
       * @example 2027-03-01T18:00:00.000Z
       */
      cancelUntil: string | null;
      /** @example 10 */
      maxSeatsPerBooking: number;
      /** @example 100 */
      waitlistLimit: number;
    };
    /** @description Where the event stands, and what this command has written of it */
    EventChange: {
      /** @example recital */
      eventId: string;
      /** @example Piano recital */
      title?: string;
      /**
       * Format: date-time
       * @example 2027-03-01T18:00:00.000Z
       */
      startsAt?: string;
      /**
       * Format: date-time
       * @example 2027-03-01T20:00:00.000Z
       */
      endsAt?: string | null;
      /** @example Europe/Berlin */
      timeZone?: string;
      /** @example room-7 */
      resource?: string | null;
      /** @example 100 */
      capacity?: number;
      /**
       * @example scheduled
       * @enum {string}
       */
      status: 'scheduled' | 'cancelled';
      /**
       * @description Position in the stream of the event, from 0
       * @example 0
       */
      revision: number;
      /** @example 600 */
      holdSeconds?: number;
      /** @example 14400 */
      offerSeconds?: number;
      /**
       * Format: date-time
       * @example 2027-01-01T09:00:00.000Z
       */
      salesOpenAt?: string | null;
      /**
       * Format: date-time
       * @example 2027-03-01T18:00:00.000Z
       */
      salesCloseAt?: string | null;
      /**
       * Format: date-time
       * @example 2027-03-01T18:00:00.000Z
       */
      cancelUntil?: string | null;
      /** @example 10 */
      maxSeatsPerBooking?: number;
      /** @example 100 */
      waitlistLimit?: number;
      /** @example weather */
      reason?: string;
    };
    EventPage: {
      items: components['schemas']['Event'][];
      /**
       * @description Send it as cursor for the next page; null on the last
       * @example WyJib29raW5ncyJd
       */
      nextCursor: string | null;
    };
    /**
     * @description iCalendar (RFC 5545): one VEVENT
     * @example BEGIN:VCALENDAR
     *     VERSION:2.0
     *     …
     *     END:VCALENDAR
     */
    Calendar: string;
    Availability: {
      /** @example recital */
      eventId: string;
      /** @example 100 */
      capacity: number;
      /**
       * @description Held and confirmed seats
       * @example 40
       */
      taken: number;
      /** @example 3 */
      held: number;
      /**
       * @description Turns in the line
       * @example 0
       */
      waiting: number;
      /** @example 60 */
      free: number;
      /** @example false */
      isBooked: boolean;
      /** @description Only when asked as of a moment: the last fact by then */
      asOf?: {
        /**
         * @description Position in the stream of the event, from 0
         * @example 0
         */
        revision: number;
        /**
         * @description Place in the whole log; opaque
         * @example 0f92efe2-00000000000000000002
         */
        position: string;
        /**
         * Format: date-time
         * @example 2027-02-01T12:00:00.000Z
         */
        occurredAt: string;
      };
    };
    Fact: {
      /** @example 0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11 */
      id: string;
      /** @example BookingConfirmed */
      type: string;
      /** @example 1 */
      schemaVersion: number;
      /** @example recital */
      eventId: string;
      /**
       * @description Position in the stream of the event, from 0
       * @example 0
       */
      revision: number;
      /**
       * @description Place in the whole log; opaque
       * @example 0f92efe2-00000000000000000002
       */
      position: string;
      /**
       * Format: date-time
       * @example 2027-02-01T12:00:00.000Z
       */
      occurredAt: string;
      /**
       * @description Who; system:settle is the service itself
       * @example ada
       */
      actor: string;
      /**
       * @description Why: the code that was given, or requested, lapsed, place-came-free
       * @example requested
       */
      reason: string;
      /**
       * @description The request, or what began it
       * @example req-1
       */
      correlationId: string;
      /**
       * @description What it follows from: a request, a command, or a booking
       * @example req-1
       */
      causationId: string;
      /** @example b15bf97e-283e-50a4-b196-0d5329134f32 */
      commandId: string;
      /**
       * @description What is so since then
       * @example {
       *       "bookingId": "4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11"
       *     }
       */
      data: Record<string, never>;
    };
    FeedFact: {
      /** @example 0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11 */
      id: string;
      /** @example BookingConfirmed */
      type: string;
      /** @example 1 */
      schemaVersion: number;
      /** @example recital */
      eventId: string;
      /**
       * @description Position in the stream of the event, from 0
       * @example 0
       */
      revision: number;
      /**
       * @description Place in the whole log; opaque
       * @example 0f92efe2-00000000000000000002
       */
      position: string;
      /**
       * Format: date-time
       * @example 2027-02-01T12:00:00.000Z
       */
      occurredAt: string;
      /**
       * @description Who; null: somebody else, of whom you are not told
       * @example ada
       */
      actor: string | null;
      /**
       * @description Why: the code that was given, or requested, lapsed, place-came-free
       * @example requested
       */
      reason: string;
      /**
       * @description The request, or what began it
       * @example req-1
       */
      correlationId: string | null;
      /**
       * @description What it follows from: a request, a command, or a booking
       * @example req-1
       */
      causationId: string | null;
      /** @example b15bf97e-283e-50a4-b196-0d5329134f32 */
      commandId: string | null;
      /**
       * @description What is so since then
       * @example {
       *       "bookingId": "4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11"
       *     }
       */
      data: Record<string, never>;
    };
    HistoryPage: {
      items: components['schemas']['Fact'][];
      /**
       * @description Send it as cursor for the next page; null on the last
       * @example WyJib29raW5ncyJd
       */
      nextCursor: string | null;
    };
    Refusal: {
      /**
       * Format: date-time
       * @example 2027-02-01T12:00:00.040Z
       */
      refusedAt: string;
      /**
       * @description Whom it concerns
       * @example bob
       */
      userId: string | null;
      /**
       * @description The code of the problem that was answered; not-kept: see lost
       * @example sold-out
       */
      code: string;
      /**
       * @description Seats, where that was the question
       * @example 1
       */
      requested: number | null;
      /** @example 0 */
      free: number | null;
      /** @example 0 */
      waiting: number | null;
      /**
       * @description Revision of the event on which it was decided
       * @example 1
       */
      revision: number | null;
      /** @description The domain event that had taken what was asked for; null where none had */
      takenBy: {
        /**
         * @description Position in the stream of the event, from 0
         * @example 0
         */
        revision: number;
        /** @example BookingConfirmed */
        type: string;
        /** @example 0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11 */
        recordId: string;
        /** @example 4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11 */
        bookingId: string | null;
        /** @example ada */
        userId: string | null;
        /** @example ada */
        actor: string;
        /**
         * Format: date-time
         * @example 2027-02-01T12:00:00.000Z
         */
        occurredAt: string;
      } | null;
      /**
       * @description Who asked
       * @example bob
       */
      actor: string | null;
      /**
       * @description What was asked
       * @example BookPlace
       */
      command: string | null;
      /**
       * @description About which booking; null for a new one
       * @example null
       */
      bookingId: string | null;
      /** @example b15bf97e-283e-50a4-b196-0d5329134f32 */
      commandId: string | null;
      /**
       * @description The request
       * @example req-2
       */
      correlationId: string | null;
      /**
       * @description Null only with not-kept: of several events
       * @example recital
       */
      eventId: string | null;
      /** @example 9d1c1f7e-6f0e-4d0b-9f3b-8a8d0f9f3c11 */
      id: string;
      /**
       * @description Only with not-kept: how many are missing
       * @example null
       */
      lost: number | null;
      /**
       * Format: date-time
       * @description Only with not-kept: when the last of them was refused
       * @example null
       */
      until: string | null;
    };
    RefusalPage: {
      items: components['schemas']['Refusal'][];
      /**
       * @description Send it as cursor for the next page; null on the last
       * @example WyJib29raW5ncyJd
       */
      nextCursor: string | null;
    };
    Booking: {
      /** @example 4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11 */
      bookingId: string;
      /** @example recital */
      eventId: string;
      /** @example ada */
      userId: string;
      /** @example 1 */
      seats: number;
      /**
       * @example confirmed
       * @enum {string}
       */
      status: 'waitlisted' | 'held' | 'confirmed' | 'cancelled' | 'expired';
      /** @example PO-4711 */
      reference: string | null;
      /**
       * Format: date-time
       * @description Only while held
       * @example 2027-02-01T12:10:00.000Z
       */
      expiresAt: string | null;
      /**
       * @description Whether the hold came from the waitlist
       * @example false
       */
      offer: boolean;
      /**
       * Format: date-time
       * @example 2027-02-01T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @example 2027-02-01T12:00:00.000Z
       */
      updatedAt: string;
      /** @example null */
      endedReason: string | null;
      /**
       * @description Position in the stream of the event, from 0
       * @example 0
       */
      revision: number;
    };
    BookingShown: {
      /** @example 4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11 */
      bookingId: string;
      /** @example recital */
      eventId: string;
      /** @example ada */
      userId: string;
      /** @example 1 */
      seats: number;
      /**
       * @example confirmed
       * @enum {string}
       */
      status: 'waitlisted' | 'held' | 'confirmed' | 'cancelled' | 'expired';
      /** @example PO-4711 */
      reference: string | null;
      /**
       * Format: date-time
       * @description Only while held
       * @example 2027-02-01T12:10:00.000Z
       */
      expiresAt: string | null;
      /**
       * @description Whether the hold came from the waitlist
       * @example false
       */
      offer: boolean;
      /**
       * Format: date-time
       * @example 2027-02-01T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @example 2027-02-01T12:00:00.000Z
       */
      updatedAt: string;
      /** @example null */
      endedReason: string | null;
      /**
       * @description Position in the stream of the event, from 0
       * @example 0
       */
      revision: number;
      /**
       * @description From 1, while it waits
       * @example null
       */
      waitlistPosition: number | null;
    };
    BookingPage: {
      items: components['schemas']['BookingShown'][];
      /**
       * @description Send it as cursor for the next page; null on the last
       * @example WyJib29raW5ncyJd
       */
      nextCursor: string | null;
    };
    Profile: {
      /** @example ada */
      userId: string;
      /** @example Ada Lovelace */
      name: string;
      /**
       * Format: email
       * @example ada@example.org
       */
      email: string | null;
      /**
       * Format: date-time
       * @example 2027-02-01T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description When name or e-mail last became another one
       * @example 2027-02-01T12:00:00.000Z
       */
      updatedAt: string;
    };
    Webhook: {
      /** @example 01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11 */
      webhookId: string;
      /**
       * Format: uri
       * @example https://shop.example/holdfast
       */
      url: string;
      /**
       * @description The types of domain event it is told of; null: every one
       * @example [
       *       "BookingConfirmed"
       *     ]
       */
      types: string[] | null;
      /**
       * @description The only event it is told of; null: every one
       * @example recital
       */
      eventId: string | null;
      /** @example The shop */
      description: string | null;
      /**
       * @example enabled
       * @enum {string}
       */
      status: 'enabled' | 'disabled';
      /** @description Why, and since when; null while it is enabled */
      disabled: {
        /**
         * @example failing
         * @enum {string}
         */
        reason: 'requested' | 'gone' | 'failing';
        /**
         * Format: date-time
         * @example 2027-02-04T12:00:00.000Z
         */
        since: string;
      } | null;
      /**
       * Format: date-time
       * @description The first failure since the last success
       * @example null
       */
      failingSince: string | null;
      /**
       * @description How far it was told, pending messages aside
       * @example 0f92efe2-00000000000000000002
       */
      position: string;
      /**
       * @description Messages that wait to be sent
       * @example 0
       */
      pending: number;
      /**
       * Format: date-time
       * @description Until then the secret before signs too
       * @example null
       */
      oldSecretUntil: string | null;
      /**
       * Format: date-time
       * @example 2027-02-01T12:00:00.000Z
       */
      createdAt: string;
      /** @example operator-1 */
      createdBy: string;
      /**
       * Format: date-time
       * @example 2027-02-01T12:00:00.000Z
       */
      updatedAt: string;
    };
    WebhookWithSecret: {
      /** @example 01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11 */
      webhookId: string;
      /**
       * Format: uri
       * @example https://shop.example/holdfast
       */
      url: string;
      /**
       * @description The types of domain event it is told of; null: every one
       * @example [
       *       "BookingConfirmed"
       *     ]
       */
      types: string[] | null;
      /**
       * @description The only event it is told of; null: every one
       * @example recital
       */
      eventId: string | null;
      /** @example The shop */
      description: string | null;
      /**
       * @example enabled
       * @enum {string}
       */
      status: 'enabled' | 'disabled';
      /** @description Why, and since when; null while it is enabled */
      disabled: {
        /**
         * @example failing
         * @enum {string}
         */
        reason: 'requested' | 'gone' | 'failing';
        /**
         * Format: date-time
         * @example 2027-02-04T12:00:00.000Z
         */
        since: string;
      } | null;
      /**
       * Format: date-time
       * @description The first failure since the last success
       * @example null
       */
      failingSince: string | null;
      /**
       * @description How far it was told, pending messages aside
       * @example 0f92efe2-00000000000000000002
       */
      position: string;
      /**
       * @description Messages that wait to be sent
       * @example 0
       */
      pending: number;
      /**
       * Format: date-time
       * @description Until then the secret before signs too
       * @example null
       */
      oldSecretUntil: string | null;
      /**
       * Format: date-time
       * @example 2027-02-01T12:00:00.000Z
       */
      createdAt: string;
      /** @example operator-1 */
      createdBy: string;
      /**
       * Format: date-time
       * @example 2027-02-01T12:00:00.000Z
       */
      updatedAt: string;
      /**
       * @description Shown this once
       * @example whsec_…
       */
      secret: string;
    };
    WebhookPage: {
      items: components['schemas']['Webhook'][];
      /**
       * @description Send it as cursor for the next page; null on the last
       * @example WyJib29raW5ncyJd
       */
      nextCursor: string | null;
    };
    WebhookTest: {
      /** @example true */
      delivered: boolean;
      /**
       * @description Of HTTP; null: no answer
       * @example 200
       */
      lastStatus: number | null;
      /**
       * @description A code; null: it did not fail
       * @example null
       */
      lastError: string | null;
      /** @example 40 */
      durationMs: number | null;
    };
    Delivery: {
      /**
       * @description The header webhook-id; the record’s id
       * @example 0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11
       */
      messageId: string;
      /**
       * @description Place in the whole log; opaque
       * @example 0f92efe2-00000000000000000002
       */
      position: string;
      /** @example recital */
      eventId: string;
      /**
       * @description Position in the stream of the event, from 0
       * @example 0
       */
      revision: number;
      /** @example BookingConfirmed */
      type: string;
      /**
       * @example delivered
       * @enum {string}
       */
      status: 'pending' | 'delivered' | 'given-up';
      /**
       * @description Since it was last asked for again
       * @example 1
       */
      attempts: number;
      /**
       * @description How often it was asked for again
       * @example 0
       */
      replays: number;
      /**
       * Format: date-time
       * @description Only while pending
       * @example null
       */
      nextAttemptAt: string | null;
      /**
       * Format: date-time
       * @example 2027-02-01T12:00:00.300Z
       */
      lastAttemptAt: string | null;
      /**
       * @description Of HTTP; null: no answer
       * @example 200
       */
      lastStatus: number | null;
      /**
       * @description A code; null: it did not fail
       * @example null
       */
      lastError: string | null;
      /** @example 40 */
      durationMs: number | null;
    };
    DeliveryPage: {
      items: components['schemas']['Delivery'][];
      /**
       * @description Send it as cursor for the next page; null on the last
       * @example WyJib29raW5ncyJd
       */
      nextCursor: string | null;
    };
    Contention: {
      /** @example recital */
      eventId: string;
      /**
       * @description Which one has counted: its host and process id
       * @example api-1:7
       */
      process: string;
      /**
       * Format: date-time
       * @description From when on
       * @example 2027-02-01T12:00:00.000Z
       */
      since: string;
      /**
       * @description Commands that ended
       * @example 640
       */
      attempts: number;
      /**
       * @description With what: accepted, replayed, refused, or the code of a fault
       * @example {
       *       "accepted": 440,
       *       "refused": 200
       *     }
       */
      outcomes: {
        [key: string]: number;
      };
      /**
       * @description Refusals by code
       * @example {
       *       "sold-out": 200
       *     }
       */
      refusals: {
        [key: string]: number;
      };
      /**
       * @description Batches that another process overtook
       * @example 4
       */
      conflicts: number;
      /**
       * @description Commands that were decided again for it
       * @example 61
       */
      retries: number;
      /**
       * @description From a command to its answer: half took no longer; at most a tenth too high
       * @example 3.1
       */
      p50Ms: number | null;
      /**
       * @description All but one of a hundred
       * @example 12.6
       */
      p99Ms: number | null;
    };
    RehearsalList: {
      /**
       * @description Whether this service does any
       * @example true
       */
      isAllowed: boolean;
      items: components['schemas']['Rehearsal'][];
    };
    Rehearsal: {
      /** @example 01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11 */
      rehearsalId: string;
      /**
       * @example done
       * @enum {string}
       */
      state: 'running' | 'done' | 'failed';
      /**
       * @description Nothing was found with any strategy; null until all have been looked at
       * @example true
       */
      isSound: boolean | null;
      /**
       * @description What stood in the way
       * @example null
       */
      failure: string | null;
      /** @example 200 */
      places: number;
      /** @example 64 */
      callers: number;
      /** @example 30 */
      holdPercent: number;
      /** @example 2 */
      processes: number;
      /**
       * @example both
       * @enum {string}
       */
      locking: 'optimistic' | 'pessimistic' | 'both';
      /**
       * Format: date-time
       * @example 2027-02-01T12:00:00.000Z
       */
      startedAt: string;
      /** @example operator-1 */
      startedBy: string;
      /**
       * Format: date-time
       * @example 2027-02-01T12:00:01.000Z
       */
      endedAt: string | null;
      /** @description One for each strategy, in this order */
      runs: {
        /**
         * @example optimistic
         * @enum {string}
         */
        strategy: 'optimistic' | 'pessimistic';
        /**
         * @description The scratch event
         * @example rehearsal-01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11-optimistic
         */
        eventId: string;
        /**
         * @example done
         * @enum {string}
         */
        state: 'waiting' | 'running' | 'checking' | 'done';
        /**
         * @description Who want one place each
         * @example 400
         */
        people: number;
        /**
         * @description Who asked and went away again
         * @example 400
         */
        came: number;
        /**
         * @description Not everybody was let in: it took too long, or was stopped
         * @example false
         */
        isCutShort: boolean;
        /**
         * @description The scratch event was cancelled
         * @example true
         */
        isCalledOff: boolean;
        /**
         * @description Commands that were answered, whatever the answer
         * @example 672
         */
        answered: number;
        /**
         * @description Those that took a place, held or booked at once
         * @example 228
         */
        accepted: number;
        /**
         * @description Answers to a request that came twice with one key
         * @example 22
         */
        repeated: number;
        /**
         * @description Holds that became bookings
         * @example 94
         */
        confirmed: number;
        /**
         * @description Holds that were given back
         * @example 28
         */
        givenBack: number;
        /**
         * @description Places that are held now
         * @example 0
         */
        held: number;
        /** @example 260 */
        soldOut: number;
        /**
         * @description Refusals by code
         * @example {
         *       "sold-out": 260,
         *       "already-booked": 40
         *     }
         */
        refusals: {
          [key: string]: number;
        };
        /**
         * @description Commands that ended with a fault, by its code
         * @example {}
         */
        faults: {
          [key: string]: number;
        };
        /**
         * @description Batches that another process overtook
         * @example 4
         */
        conflicts: number;
        /**
         * @description Commands that were decided again for it
         * @example 61
         */
        retries: number;
        /**
         * @description From a command to its answer: half took no longer; at most a tenth too high
         * @example 3.1
         */
        p50Ms: number | null;
        /**
         * @description All but one of a hundred
         * @example 12.6
         */
        p99Ms: number | null;
        /** @example 310 */
        elapsedMs: number;
        /** @example 2168 */
        answersPerSecond: number;
        /** @description Counted from the log alone; null until it has been read */
        evidence: {
          /**
           * @description Never oversold, nobody twice, no answer missing
           * @example true
           */
          isSound: boolean;
          /** @description What was read: the stream as it was when everybody had gone */
          revisions: {
            /** @example 0 */
            from: number;
            /** @example 312 */
            to: number;
          } | null;
          /** @example 200 */
          capacity: number;
          /**
           * @description Places taken after the last revision
           * @example 200
           */
          taken: number;
          /**
           * @description The most that ever were
           * @example 200
           */
          mostTaken: number;
          /**
           * @description Revisions after which more were taken than there are
           * @example 0
           */
          oversold: number;
          /**
           * @description The first of them
           * @example []
           */
          oversoldAt: number[];
          /**
           * @description Users who had two bookings at a time
           * @example 0
           */
          usersTwice: number;
          /**
           * @description The first of them, and when they came to
           * @example []
           */
          twice: {
            /** @example rehearsal:7 */
            userId: string;
            /**
             * @description Position in the stream of the event
             * @example 201
             */
            revision: number;
          }[];
          /**
           * @description Answers that said yes
           * @example 372
           */
          acknowledged: number;
          /**
           * @description Those that the log does not bear out
           * @example 0
           */
          missing: number;
          /**
           * @description The first of them
           * @example []
           */
          missed: {
            /** @example 4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11 */
            bookingId: string;
            /** @example rehearsal:7 */
            userId: string;
            /** @example confirmed */
            status: string;
            /**
             * @description Position in the stream of the event
             * @example 201
             */
            revision: number;
          }[];
        } | null;
      }[];
    };
    Projections: {
      /**
       * @description Of the last record in the log
       * @example 4710
       */
      head: string;
      generations: {
        /** @example 1 */
        generation: number;
        /**
         * @description It is the one that readers see
         * @example true
         */
        live: boolean;
        /**
         * @example up to date
         * @enum {string}
         */
        state: 'halted' | 'paused' | 'building' | 'behind' | 'up to date' | 'another log';
        /**
         * @description Of the last record in the tables
         * @example 4710
         */
        position: string;
        /**
         * @description Records that it lacks; null where positions do not say
         * @example 0
         */
        behind: number | null;
        /**
         * @description For how long the first of them has been there; null: not known
         * @example 0
         */
        lagMs: number | null;
        /**
         * @description Records folded of late; null: not looked at for long enough
         * @example 0
         */
        perSecond: number | null;
        /**
         * @description Until nothing is behind, at that pace; null: not known
         * @example 0
         */
        leftMs: number | null;
        /**
         * Format: date-time
         * @example 2027-02-01T12:00:00.000Z
         */
        movedAt: string;
        /**
         * Format: date-time
         * @description When it last became the live one
         * @example null
         */
        shownAt: string | null;
        /** @description Before which record it stands still, and why */
        halt: {
          /** @example 4711 */
          position: string;
          /** @example recital */
          eventId: string;
          /**
           * @description Position in the stream of the event, from 0
           * @example 0
           */
          revision: number;
          /** @example 0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11 */
          recordId: string;
          /** @example … */
          reason: string;
          /**
           * Format: date-time
           * @example 2027-03-01T18:00:00.000Z
           */
          since: string;
        } | null;
        /** @description Who has it stand still */
        pause: {
          /**
           * Format: date-time
           * @example 2027-03-01T18:00:00.000Z
           */
          since: string;
          /** @example operator-1 */
          by: string;
          /** @example moving to other disks */
          reason: string | null;
        } | null;
      }[];
      /** @description The latest that this process was asked for */
      rebuild: {
        /** @example 2 */
        generation: number;
        /**
         * @example same
         * @enum {string}
         */
        step: 'folding' | 'comparing' | 'same' | 'different' | 'failed';
        /**
         * Format: date-time
         * @example 2027-03-01T18:00:00.000Z
         */
        beganAt: string;
        /**
         * Format: date-time
         * @example 2027-03-01T18:00:00.000Z
         */
        endedAt: string | null;
        /**
         * @description Records
         * @example 4710
         */
        folded: number;
        /**
         * @description To be compared, of both generations
         * @example 0
         */
        rows: number;
        /**
         * @description Of these rows
         * @example 0
         */
        compared: number;
        /** @description Tables that are not the same */
        different: string[];
        /**
         * @description Only of what failed
         * @example …
         */
        why: string | null;
      } | null;
      /** @description Records that every fold leaves out */
      skipped: {
        /** @example 4711 */
        position: string;
        /** @example recital */
        eventId: string;
        /**
         * @description Position in the stream of the event, from 0
         * @example 0
         */
        revision: number;
        /** @example … */
        haltReason: string;
        /** @example operator-1 */
        by: string;
        /** @example … */
        reason: string;
        /**
         * Format: date-time
         * @example 2027-03-01T18:00:00.000Z
         */
        at: string;
      }[];
    };
    Health: {
      /** @example ready */
      status: string;
    };
    /** @description RFC 9457. Some codes bring members of their own; see the examples. */
    Problem: {
      /**
       * Format: uri-reference
       * @example /problems/sold-out
       */
      type: string;
      /** @example Sold out */
      title: string;
      /** @example 409 */
      status: number;
      /**
       * @description What a program acts on; more may be added
       * @example sold-out
       * @enum {string}
       */
      code:
        | 'not-found'
        | 'validation-failed'
        | 'precondition-failed'
        | 'precondition-required'
        | 'key-reused'
        | 'sold-out'
        | 'already-booked'
        | 'hold-lapsed'
        | 'not-held'
        | 'booking-ended'
        | 'hold-ceiling'
        | 'too-many-seats'
        | 'too-many-bookings'
        | 'too-many-holds'
        | 'too-many-changes'
        | 'event-started'
        | 'event-cancelled'
        | 'event-exists'
        | 'starts-in-past'
        | 'sales-not-open'
        | 'sales-closed'
        | 'cancellation-closed'
        | 'capacity-below-taken'
        | 'waitlist-full'
        | 'waitlisted-only-shrinks'
        | 'not-extendable'
        | 'store-unavailable'
        | 'outcome-unknown'
        | 'overloaded'
        | 'stream-unreadable'
        | 'read-model-behind'
        | 'clock-skew'
        | 'unknown-position'
        | 'request-in-flight'
        | 'unauthenticated'
        | 'forbidden'
        | 'user-id-not-opaque'
        | 'method-not-allowed'
        | 'too-many-webhooks'
        | 'rehearsals-off'
        | 'rehearsal-running'
        | 'operation-refused'
        | 'feed-too-old'
        | 'request-timeout'
        | 'too-large'
        | 'unsupported-media-type'
        | 'rate-limited'
        | 'headers-too-large'
        | 'internal';
      /** @example Fewer places are free than were asked for, or somebody is waiting. */
      detail: string;
    };
    ScheduleEventFields: {
      /**
       * @description text of 1 to 200 characters, without control characters and not blank
       * @example Piano recital
       */
      title: string;
      /**
       * Format: date-time
       * @description an RFC 3339 instant with an offset, in the UTC years 2000 to 9998
       * @example 2027-03-01T18:00:00Z
       */
      startsAt: string;
      /**
       * Format: date-time
       * @description an RFC 3339 instant with an offset, in the UTC years 2000 to 9998
       * @example 2027-03-01T20:00:00Z
       */
      endsAt?: string;
      /**
       * @description Places: a whole number from 1 to 1000000; 1 unless said
       * @example 1
       */
      capacity?: number;
      /**
       * @description Where it takes place (IANA); UTC unless said
       * @example Europe/Berlin
       */
      timeZone?: string;
      /**
       * @description The room, table or person booked: 1 to 64 of A-Z a-z 0-9 _ . : -
       * @example room-7
       */
      resource?: string;
      /**
       * @description An id of your own: 1 to 64 of A-Z a-z 0-9 _ -
       * @example recital
       */
      eventId?: string;
      /**
       * @description How long a hold keeps its places: a whole number from 30 to 7200; 600 unless said
       * @example 600
       */
      holdSeconds?: number;
      /**
       * @description How long an offer from the waitlist stands: a whole number from 300 to 604800; 14400 unless said
       * @example 14400
       */
      offerSeconds?: number;
      /**
       * Format: date-time
       * @description Nothing is sold before; at once unless said
       * @example 2027-01-01T09:00:00Z
       */
      salesOpenAt?: string;
      /**
       * Format: date-time
       * @description Nothing is sold, promoted or held from then on; startsAt unless said
       * @example 2027-03-01T18:00:00Z
       */
      salesCloseAt?: string;
      /**
       * Format: date-time
       * @description Users may cancel before; startsAt unless said
       * @example 2027-03-01T18:00:00Z
       */
      cancelUntil?: string;
      /**
       * @description Seats in one booking: a whole number from 1 to 1000; 10 unless said
       * @example 10
       */
      maxSeatsPerBooking?: number;
      /**
       * @description Turns in the line: a whole number from 0 to 10000; as many as there are places unless said
       * @example 100
       */
      waitlistLimit?: number;
    };
    ChangeEventFields: {
      /**
       * @description text of 1 to 200 characters, without control characters and not blank
       * @example Piano recital
       */
      title?: string;
      /**
       * Format: date-time
       * @description an RFC 3339 instant with an offset, in the UTC years 2000 to 9998
       * @example 2027-03-01T18:00:00Z
       */
      startsAt?: string;
      /**
       * Format: date-time
       * @description an RFC 3339 instant with an offset, in the UTC years 2000 to 9998
       * @example 2027-03-01T20:00:00Z
       */
      endsAt?: string | null;
      /**
       * @description a whole number from 1 to 1000000
       * @example 120
       */
      capacity?: number;
      /**
       * @description How long a hold keeps its places: a whole number from 30 to 7200; 600 unless said
       * @example 600
       */
      holdSeconds?: number | null;
      /**
       * @description How long an offer from the waitlist stands: a whole number from 300 to 604800; 14400 unless said
       * @example 14400
       */
      offerSeconds?: number | null;
      /**
       * Format: date-time
       * @description Nothing is sold before; at once unless said
       * @example 2027-01-01T09:00:00Z
       */
      salesOpenAt?: string | null;
      /**
       * Format: date-time
       * @description Nothing is sold, promoted or held from then on; startsAt unless said
       * @example 2027-03-01T18:00:00Z
       */
      salesCloseAt?: string | null;
      /**
       * Format: date-time
       * @description Users may cancel before; startsAt unless said
       * @example 2027-03-01T18:00:00Z
       */
      cancelUntil?: string | null;
      /**
       * @description Seats in one booking: a whole number from 1 to 1000; 10 unless said
       * @example 10
       */
      maxSeatsPerBooking?: number | null;
      /** @description Turns in the line: a whole number from 0 to 10000; as many as there are places unless said */
      waitlistLimit?: number | null;
    };
    CancelFields: {
      /**
       * @description Why, as a code: 1 to 64 of A-Z a-z 0-9 _ . : -
       * @example weather
       */
      reason?: string;
    };
    ChangeBookingFields: {
      /**
       * @description a whole number from 1 to 1000
       * @example 1
       */
      seats?: number;
      /**
       * @description 1 to 64 of A-Z a-z 0-9 _ . : -
       * @example PO-4711
       */
      reference?: string | null;
    };
    ExtendHoldFields: {
      /**
       * @description From now: a whole number from 1 to 7200
       * @example 600
       */
      seconds: number;
    };
    ProfileFields: {
      /**
       * @description text of 1 to 200 characters, without control characters and not blank
       * @example Ada Lovelace
       */
      name: string;
      /**
       * Format: email
       * @description Where they can be reached: an e-mail address of at most 254 characters; absent is null
       * @example ada@example.org
       */
      email?: string | null;
    };
    CreateWebhookFields: {
      /**
       * Format: uri
       * @description https://… of at most 2048 visible ASCII characters, without a user name or a fragment, on port 443 or from 1024 on
       * @example https://shop.example/holdfast
       */
      url: string;
      /**
       * @description The types of domain event to be told of; every one when absent or null
       * @example [
       *       "BookingConfirmed",
       *       "BookingCancelled"
       *     ]
       */
      types?:
        | (
            | 'EventScheduled'
            | 'EventRenamed'
            | 'EventRescheduled'
            | 'CapacityChanged'
            | 'EventRulesChanged'
            | 'EventCancelled'
            | 'BookingWaitlisted'
            | 'BookingHeld'
            | 'HoldExtended'
            | 'HoldExpired'
            | 'BookingConfirmed'
            | 'BookingSeatsChanged'
            | 'BookingReferenceChanged'
            | 'BookingCancelled'
          )[]
        | null;
      /**
       * @description Only this event: 1 to 64 of A-Z a-z 0-9 _ -
       * @example recital
       */
      eventId?: string | null;
      /**
       * @description For people: text of 1 to 200 characters, without control characters and not blank
       * @example The shop
       */
      description?: string | null;
    };
    ChangeWebhookFields: {
      /**
       * Format: uri
       * @description https://… of at most 2048 visible ASCII characters, without a user name or a fragment, on port 443 or from 1024 on
       * @example https://shop.example/holdfast
       */
      url?: string;
      /**
       * @description The types of domain event to be told of; every one when absent or null
       * @example [
       *       "BookingConfirmed",
       *       "BookingCancelled"
       *     ]
       */
      types?:
        | (
            | 'EventScheduled'
            | 'EventRenamed'
            | 'EventRescheduled'
            | 'CapacityChanged'
            | 'EventRulesChanged'
            | 'EventCancelled'
            | 'BookingWaitlisted'
            | 'BookingHeld'
            | 'HoldExtended'
            | 'HoldExpired'
            | 'BookingConfirmed'
            | 'BookingSeatsChanged'
            | 'BookingReferenceChanged'
            | 'BookingCancelled'
          )[]
        | null;
      /**
       * @description For people: text of 1 to 200 characters, without control characters and not blank
       * @example The shop
       */
      description?: string | null;
      /** @description Whether it is told anything; true goes on where it stood */
      enabled?: boolean;
    };
    ReplayWebhookFields: {
      /**
       * @description From here on, itself included: a position
       * @example 0f92efe2-00000000000000000002
       */
      from: string;
    };
    StartRehearsalFields: {
      /**
       * @description Places of the scratch event: a whole number from 1 to 5000; 200 unless said
       * @example 200
       */
      places?: number;
      /**
       * @description Requests in flight at a time: a whole number from 1 to 256; 64 unless said
       * @example 64
       */
      callers?: number;
      /**
       * @description Of a hundred people so many hold first: a whole number from 0 to 100; 30 unless said
       * @example 30
       */
      holdPercent?: number;
      /**
       * @description API processes that are played: a whole number from 1 to 4; 2 unless said
       * @example 2
       */
      processes?: number;
      /**
       * @description With which strategy; both, one after the other, unless said
       * @example both
       * @enum {string}
       */
      locking?: 'optimistic' | 'pessimistic' | 'both';
    };
    PauseProjectionsFields: {
      /**
       * @description Which; all unless said
       * @example 2
       */
      generation?: number;
      /**
       * @description Why; kept with your user id until it is resumed
       * @example moving to other disks
       */
      reason?: string;
    };
    ResumeProjectionsFields: {
      /**
       * @description Which; all unless said
       * @example 2
       */
      generation?: number;
    };
    SwitchProjectionsFields: {
      /**
       * @description Which; the one that is not live, if there is one only
       * @example 2
       */
      generation?: number;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  eventsList: {
    parameters: {
      query?: {
        /** @description Starts at or after; now unless said */
        from?: string;
        /** @description Starts before */
        to?: string;
        /** @description 1 to 64 of A-Z a-z 0-9 _ . : - */
        resource?: string;
        /** @description With a free place (true) or without (false) */
        available?: 'true' | 'false';
        /** @description scheduled unless said */
        status?: 'scheduled' | 'cancelled';
        /** @description Items on a page: a whole number from 1 to 200; unless said 50 as JSON, all as NDJSON or CSV */
        limit?: number;
        /** @description a nextCursor as it was given */
        cursor?: string;
      };
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description Answer from this position on: read what you have just written */
        'Holdfast-Position'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page, or everything */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description rel="next" */
          Link?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "items": [
           *         {
           *           "eventId": "recital",
           *           "title": "Piano recital",
           *           "startsAt": "2027-03-01T18:00:00.000Z",
           *           "endsAt": "2027-03-01T20:00:00.000Z",
           *           "timeZone": "Europe/Berlin",
           *           "resource": "room-7",
           *           "capacity": 100,
           *           "seatsTaken": 0,
           *           "seatsHeld": 0,
           *           "seatsFree": 100,
           *           "waiting": 0,
           *           "isBooked": false,
           *           "status": "scheduled",
           *           "revision": 0,
           *           "holdSeconds": 600,
           *           "offerSeconds": 14400,
           *           "salesOpenAt": "2027-01-01T09:00:00.000Z",
           *           "salesCloseAt": "2027-03-01T18:00:00.000Z",
           *           "cancelUntil": "2027-03-01T18:00:00.000Z",
           *           "maxSeatsPerBooking": 10,
           *           "waitlistLimit": 100
           *         }
           *       ],
           *       "nextCursor": "WyJib29raW5ncyJd"
           *     }
           */
          'application/json': components['schemas']['EventPage'];
          'application/x-ndjson': components['schemas']['Event'];
          'text/csv': string;
        };
      };
      /** @description `validation-failed`, `unknown-position` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded`, `read-model-behind` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  eventsSchedule: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description 1 to 255 visible ASCII characters: the same request takes effect once, for ever; only a hash is kept */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "title": "Piano recital",
         *       "startsAt": "2027-03-01T18:00:00Z",
         *       "endsAt": "2027-03-01T20:00:00Z",
         *       "capacity": 1,
         *       "timeZone": "Europe/Berlin",
         *       "resource": "room-7",
         *       "eventId": "recital",
         *       "holdSeconds": 600,
         *       "offerSeconds": 14400,
         *       "salesOpenAt": "2027-01-01T09:00:00Z",
         *       "salesCloseAt": "2027-03-01T18:00:00Z",
         *       "cancelUntil": "2027-03-01T18:00:00Z",
         *       "maxSeatsPerBooking": 10,
         *       "waitlistLimit": 100
         *     }
         */
        'application/json': components['schemas']['ScheduleEventFields'];
      };
    };
    responses: {
      /** @description Scheduled */
      201: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description For If-Match */
          ETag?: string;
          /** @description Where to read it */
          Location?: string;
          /** @description true: the answer to an earlier request with this key */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "eventId": "recital",
           *       "title": "Piano recital",
           *       "startsAt": "2027-03-01T18:00:00.000Z",
           *       "endsAt": "2027-03-01T20:00:00.000Z",
           *       "timeZone": "Europe/Berlin",
           *       "resource": "room-7",
           *       "capacity": 100,
           *       "status": "scheduled",
           *       "revision": 0,
           *       "holdSeconds": 600,
           *       "offerSeconds": 14400,
           *       "salesOpenAt": "2027-01-01T09:00:00.000Z",
           *       "salesCloseAt": "2027-03-01T18:00:00.000Z",
           *       "cancelUntil": "2027-03-01T18:00:00.000Z",
           *       "maxSeatsPerBooking": 10,
           *       "waitlistLimit": 100,
           *       "reason": "weather"
           *     }
           */
          'application/json': components['schemas']['EventChange'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `event-exists`, `starts-in-past`, `request-in-flight` */
      409: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `key-reused` */
      422: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded`, `stream-unreadable`, `clock-skew` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  eventsGet: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description The ETag of the copy that you have */
        'If-None-Match'?: string;
        /** @description Answer from this position on: read what you have just written */
        'Holdfast-Position'?: string;
      };
      path: {
        eventId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The event */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description For If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "eventId": "recital",
           *       "title": "Piano recital",
           *       "startsAt": "2027-03-01T18:00:00.000Z",
           *       "endsAt": "2027-03-01T20:00:00.000Z",
           *       "timeZone": "Europe/Berlin",
           *       "resource": "room-7",
           *       "capacity": 100,
           *       "seatsTaken": 0,
           *       "seatsHeld": 0,
           *       "seatsFree": 100,
           *       "waiting": 0,
           *       "isBooked": false,
           *       "status": "scheduled",
           *       "revision": 0,
           *       "holdSeconds": 600,
           *       "offerSeconds": 14400,
           *       "salesOpenAt": "2027-01-01T09:00:00.000Z",
           *       "salesCloseAt": "2027-03-01T18:00:00.000Z",
           *       "cancelUntil": "2027-03-01T18:00:00.000Z",
           *       "maxSeatsPerBooking": 10,
           *       "waitlistLimit": 100
           *     }
           */
          'application/json': components['schemas']['Event'];
        };
      };
      /** @description Your copy is as good */
      304: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description For If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `validation-failed`, `unknown-position` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded`, `read-model-behind` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  eventsChange: {
    parameters: {
      query?: never;
      header: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description 1 to 255 visible ASCII characters: the same request takes effect once, for ever; only a hash is kept */
        'Idempotency-Key'?: string;
        /** @description The ETag of the copy that you have seen */
        'If-Match': string;
      };
      path: {
        eventId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "title": "Piano recital",
         *       "startsAt": "2027-03-01T18:00:00Z",
         *       "endsAt": "2027-03-01T20:00:00Z",
         *       "capacity": 120,
         *       "holdSeconds": 600,
         *       "offerSeconds": 14400,
         *       "salesOpenAt": "2027-01-01T09:00:00Z",
         *       "salesCloseAt": "2027-03-01T18:00:00Z",
         *       "cancelUntil": "2027-03-01T18:00:00Z",
         *       "maxSeatsPerBooking": 10
         *     }
         */
        'application/json': components['schemas']['ChangeEventFields'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description For If-Match */
          ETag?: string;
          /** @description true: the answer to an earlier request with this key */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "eventId": "recital",
           *       "title": "Piano recital",
           *       "startsAt": "2027-03-01T18:00:00.000Z",
           *       "endsAt": "2027-03-01T20:00:00.000Z",
           *       "timeZone": "Europe/Berlin",
           *       "resource": "room-7",
           *       "capacity": 100,
           *       "status": "scheduled",
           *       "revision": 0,
           *       "holdSeconds": 600,
           *       "offerSeconds": 14400,
           *       "salesOpenAt": "2027-01-01T09:00:00.000Z",
           *       "salesCloseAt": "2027-03-01T18:00:00.000Z",
           *       "cancelUntil": "2027-03-01T18:00:00.000Z",
           *       "maxSeatsPerBooking": 10,
           *       "waitlistLimit": 100,
           *       "reason": "weather"
           *     }
           */
          'application/json': components['schemas']['EventChange'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `event-started`, `event-cancelled`, `starts-in-past`, `capacity-below-taken`, `request-in-flight` */
      409: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `precondition-failed` */
      412: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `key-reused` */
      422: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `precondition-required` */
      428: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded`, `stream-unreadable`, `clock-skew` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  eventsCancel: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description 1 to 255 visible ASCII characters: the same request takes effect once, for ever; only a hash is kept */
        'Idempotency-Key'?: string;
        /** @description The ETag of the copy that you have seen */
        'If-Match'?: string;
      };
      path: {
        eventId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "reason": "weather"
         *     }
         */
        'application/json': components['schemas']['CancelFields'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description For If-Match */
          ETag?: string;
          /** @description true: the answer to an earlier request with this key */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "eventId": "recital",
           *       "title": "Piano recital",
           *       "startsAt": "2027-03-01T18:00:00.000Z",
           *       "endsAt": "2027-03-01T20:00:00.000Z",
           *       "timeZone": "Europe/Berlin",
           *       "resource": "room-7",
           *       "capacity": 100,
           *       "status": "scheduled",
           *       "revision": 0,
           *       "holdSeconds": 600,
           *       "offerSeconds": 14400,
           *       "salesOpenAt": "2027-01-01T09:00:00.000Z",
           *       "salesCloseAt": "2027-03-01T18:00:00.000Z",
           *       "cancelUntil": "2027-03-01T18:00:00.000Z",
           *       "maxSeatsPerBooking": 10,
           *       "waitlistLimit": 100,
           *       "reason": "weather"
           *     }
           */
          'application/json': components['schemas']['EventChange'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `event-started`, `request-in-flight` */
      409: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `precondition-failed` */
      412: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `key-reused` */
      422: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded`, `stream-unreadable`, `clock-skew` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  eventsCalendar: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description The ETag of the copy that you have */
        'If-None-Match'?: string;
        /** @description Answer from this position on: read what you have just written */
        'Holdfast-Position'?: string;
      };
      path: {
        eventId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The event as an entry */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description For If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'text/calendar': components['schemas']['Calendar'];
        };
      };
      /** @description Your copy is as good */
      304: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description For If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `validation-failed`, `unknown-position` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded`, `read-model-behind` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  eventsAvailability: {
    parameters: {
      query?: {
        /** @description As it was then: a position as Holdfast-Position gave it, or an RFC 3339 instant with an offset, not in the future. Needs audit:read */
        asOf?: string;
      };
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description Answer from this position on: read what you have just written */
        'Holdfast-Position'?: string;
      };
      path: {
        eventId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The places as they are, or were */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "eventId": "recital",
           *       "capacity": 100,
           *       "taken": 40,
           *       "held": 3,
           *       "waiting": 0,
           *       "free": 60,
           *       "isBooked": false,
           *       "asOf": {
           *         "revision": 0,
           *         "position": "0f92efe2-00000000000000000002",
           *         "occurredAt": "2027-02-01T12:00:00.000Z"
           *       }
           *     }
           */
          'application/json': components['schemas']['Availability'];
        };
      };
      /** @description `validation-failed`, `unknown-position` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded`, `stream-unreadable`, `read-model-behind` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  eventsHistory: {
    parameters: {
      query?: {
        /** @description Only what happened to this booking */
        bookingId?: string;
        /** @description Only what happened to bookings of this user */
        userId?: string;
        /** @description Facts on a page: a whole number from 1 to 200; unless said 50 as JSON, all as NDJSON or CSV */
        limit?: number;
        /** @description Instead of the header Accept, for who cannot send one */
        format?: 'json' | 'ndjson' | 'csv';
        /** @description a nextCursor as it was given */
        cursor?: string;
      };
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description Answer from this position on: read what you have just written */
        'Holdfast-Position'?: string;
      };
      path: {
        eventId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page, or everything */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description rel="next" */
          Link?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "items": [
           *         {
           *           "id": "0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11",
           *           "type": "BookingConfirmed",
           *           "schemaVersion": 1,
           *           "eventId": "recital",
           *           "revision": 0,
           *           "position": "0f92efe2-00000000000000000002",
           *           "occurredAt": "2027-02-01T12:00:00.000Z",
           *           "actor": "ada",
           *           "reason": "requested",
           *           "correlationId": "req-1",
           *           "causationId": "req-1",
           *           "commandId": "b15bf97e-283e-50a4-b196-0d5329134f32",
           *           "data": {
           *             "bookingId": "4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11"
           *           }
           *         }
           *       ],
           *       "nextCursor": "WyJib29raW5ncyJd"
           *     }
           */
          'application/json': components['schemas']['HistoryPage'];
          'application/x-ndjson': components['schemas']['Fact'];
          'text/csv': string;
        };
      };
      /** @description `validation-failed`, `unknown-position` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded`, `stream-unreadable`, `read-model-behind` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  eventsContention: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description Answer from this position on: read what you have just written */
        'Holdfast-Position'?: string;
      };
      path: {
        eventId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description What was counted */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "eventId": "recital",
           *       "process": "api-1:7",
           *       "since": "2027-02-01T12:00:00.000Z",
           *       "attempts": 640,
           *       "outcomes": {
           *         "accepted": 440,
           *         "refused": 200
           *       },
           *       "refusals": {
           *         "sold-out": 200
           *       },
           *       "conflicts": 4,
           *       "retries": 61,
           *       "p50Ms": 3.1,
           *       "p99Ms": 12.6
           *     }
           */
          'application/json': components['schemas']['Contention'];
        };
      };
      /** @description `validation-failed`, `unknown-position` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded`, `read-model-behind` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  eventsRefusals: {
    parameters: {
      query?: {
        /** @description Only refusals that concern this user */
        userId?: string;
        /** @description Only refusals with this code */
        code?:
          | 'not-found'
          | 'precondition-failed'
          | 'precondition-required'
          | 'key-reused'
          | 'validation-failed'
          | 'sold-out'
          | 'already-booked'
          | 'hold-lapsed'
          | 'not-held'
          | 'booking-ended'
          | 'hold-ceiling'
          | 'too-many-seats'
          | 'too-many-bookings'
          | 'too-many-holds'
          | 'too-many-changes'
          | 'event-started'
          | 'event-cancelled'
          | 'event-exists'
          | 'starts-in-past'
          | 'sales-not-open'
          | 'sales-closed'
          | 'cancellation-closed'
          | 'capacity-below-taken'
          | 'waitlist-full'
          | 'waitlisted-only-shrinks'
          | 'not-extendable'
          | 'not-kept';
        /** @description Refusals on a page: a whole number from 1 to 200; unless said 50 as JSON, all as NDJSON or CSV */
        limit?: number;
        /** @description Instead of the header Accept, for who cannot send one */
        format?: 'json' | 'ndjson' | 'csv';
        /** @description a nextCursor as it was given */
        cursor?: string;
      };
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description Answer from this position on: read what you have just written */
        'Holdfast-Position'?: string;
      };
      path: {
        eventId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page, or everything */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description rel="next" */
          Link?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "items": [
           *         {
           *           "refusedAt": "2027-02-01T12:00:00.040Z",
           *           "userId": "bob",
           *           "code": "sold-out",
           *           "requested": 1,
           *           "free": 0,
           *           "waiting": 0,
           *           "revision": 1,
           *           "takenBy": {
           *             "revision": 0,
           *             "type": "BookingConfirmed",
           *             "recordId": "0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11",
           *             "bookingId": "4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11",
           *             "userId": "ada",
           *             "actor": "ada",
           *             "occurredAt": "2027-02-01T12:00:00.000Z"
           *           },
           *           "actor": "bob",
           *           "command": "BookPlace",
           *           "bookingId": null,
           *           "commandId": "b15bf97e-283e-50a4-b196-0d5329134f32",
           *           "correlationId": "req-2",
           *           "eventId": "recital",
           *           "id": "9d1c1f7e-6f0e-4d0b-9f3b-8a8d0f9f3c11",
           *           "lost": null,
           *           "until": null
           *         }
           *       ],
           *       "nextCursor": "WyJib29raW5ncyJd"
           *     }
           */
          'application/json': components['schemas']['RefusalPage'];
          'application/x-ndjson': components['schemas']['Refusal'];
          'text/csv': string;
        };
      };
      /** @description `validation-failed`, `unknown-position` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded`, `stream-unreadable`, `read-model-behind` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  bookingsBook: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description 1 to 255 visible ASCII characters: the same request takes effect once, for ever; only a hash is kept */
        'Idempotency-Key'?: string;
      };
      path: {
        eventId: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          /**
           * @description a whole number from 1 to 1000
           * @example 1
           */
          seats?: number;
          /** @description true or false */
          hold?: boolean;
          /**
           * @description a whole number from 30 to 7200
           * @example 600
           */
          holdSeconds?: number;
          /** @description true or false */
          waitlist?: boolean;
          /**
           * @description 1 to 64 of A-Z a-z 0-9 _ . : -
           * @example room-7
           */
          reference?: string;
          /**
           * @description 1 to 128 of A-Z a-z 0-9 . _ | : - and not beginning with system:
           * @example ada
           */
          userId?: string;
        };
      };
    };
    responses: {
      /** @description Booked, held, or standing in line: see status */
      201: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description For If-Match */
          ETag?: string;
          /** @description Where to read it */
          Location?: string;
          /** @description true: the answer to an earlier request with this key */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "bookingId": "4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11",
           *       "eventId": "recital",
           *       "userId": "ada",
           *       "seats": 1,
           *       "status": "confirmed",
           *       "reference": "PO-4711",
           *       "expiresAt": "2027-02-01T12:10:00.000Z",
           *       "offer": false,
           *       "createdAt": "2027-02-01T12:00:00.000Z",
           *       "updatedAt": "2027-02-01T12:00:00.000Z",
           *       "endedReason": null,
           *       "revision": 0
           *     }
           */
          'application/json': components['schemas']['Booking'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `sold-out`, `already-booked`, `too-many-seats`, `too-many-bookings`, `too-many-holds`, `event-started`, `event-cancelled`, `sales-not-open`, `sales-closed`, `waitlist-full`, `request-in-flight` */
      409: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `key-reused` */
      422: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded`, `stream-unreadable`, `clock-skew` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  bookingsGet: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description The ETag of the copy that you have */
        'If-None-Match'?: string;
        /** @description Answer from this position on: read what you have just written */
        'Holdfast-Position'?: string;
      };
      path: {
        eventId: string;
        bookingId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The booking */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description For If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "bookingId": "4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11",
           *       "eventId": "recital",
           *       "userId": "ada",
           *       "seats": 1,
           *       "status": "confirmed",
           *       "reference": "PO-4711",
           *       "expiresAt": "2027-02-01T12:10:00.000Z",
           *       "offer": false,
           *       "createdAt": "2027-02-01T12:00:00.000Z",
           *       "updatedAt": "2027-02-01T12:00:00.000Z",
           *       "endedReason": null,
           *       "revision": 0,
           *       "waitlistPosition": null
           *     }
           */
          'application/json': components['schemas']['BookingShown'];
        };
      };
      /** @description Your copy is as good */
      304: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description For If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `validation-failed`, `unknown-position` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded`, `read-model-behind` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  bookingsChange: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description 1 to 255 visible ASCII characters: the same request takes effect once, for ever; only a hash is kept */
        'Idempotency-Key'?: string;
        /** @description The ETag of the copy that you have seen */
        'If-Match'?: string;
      };
      path: {
        eventId: string;
        bookingId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "seats": 1,
         *       "reference": "PO-4711"
         *     }
         */
        'application/json': components['schemas']['ChangeBookingFields'];
      };
    };
    responses: {
      /** @description The booking after it */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description For If-Match */
          ETag?: string;
          /** @description true: the answer to an earlier request with this key */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "bookingId": "4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11",
           *       "eventId": "recital",
           *       "userId": "ada",
           *       "seats": 1,
           *       "status": "confirmed",
           *       "reference": "PO-4711",
           *       "expiresAt": "2027-02-01T12:10:00.000Z",
           *       "offer": false,
           *       "createdAt": "2027-02-01T12:00:00.000Z",
           *       "updatedAt": "2027-02-01T12:00:00.000Z",
           *       "endedReason": null,
           *       "revision": 0
           *     }
           */
          'application/json': components['schemas']['Booking'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `sold-out`, `booking-ended`, `too-many-seats`, `too-many-changes`, `event-started`, `event-cancelled`, `sales-not-open`, `sales-closed`, `waitlisted-only-shrinks`, `request-in-flight` */
      409: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `precondition-failed` */
      412: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `key-reused` */
      422: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded`, `stream-unreadable`, `clock-skew` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  bookingsCalendar: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description The ETag of the copy that you have */
        'If-None-Match'?: string;
        /** @description Answer from this position on: read what you have just written */
        'Holdfast-Position'?: string;
      };
      path: {
        eventId: string;
        bookingId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The booking as an entry */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description For If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'text/calendar': components['schemas']['Calendar'];
        };
      };
      /** @description Your copy is as good */
      304: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description For If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `validation-failed`, `unknown-position` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded`, `read-model-behind` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  bookingsConfirm: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description 1 to 255 visible ASCII characters: the same request takes effect once, for ever; only a hash is kept */
        'Idempotency-Key'?: string;
        /** @description The ETag of the copy that you have seen */
        'If-Match'?: string;
      };
      path: {
        eventId: string;
        bookingId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The booking after it */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description For If-Match */
          ETag?: string;
          /** @description true: the answer to an earlier request with this key */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "bookingId": "4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11",
           *       "eventId": "recital",
           *       "userId": "ada",
           *       "seats": 1,
           *       "status": "confirmed",
           *       "reference": "PO-4711",
           *       "expiresAt": "2027-02-01T12:10:00.000Z",
           *       "offer": false,
           *       "createdAt": "2027-02-01T12:00:00.000Z",
           *       "updatedAt": "2027-02-01T12:00:00.000Z",
           *       "endedReason": null,
           *       "revision": 0
           *     }
           */
          'application/json': components['schemas']['Booking'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `already-booked`, `hold-lapsed`, `not-held`, `booking-ended`, `event-cancelled`, `request-in-flight` */
      409: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `precondition-failed` */
      412: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `key-reused` */
      422: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded`, `stream-unreadable`, `clock-skew` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  bookingsExtend: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description 1 to 255 visible ASCII characters: the same request takes effect once, for ever; only a hash is kept */
        'Idempotency-Key'?: string;
        /** @description The ETag of the copy that you have seen */
        'If-Match'?: string;
      };
      path: {
        eventId: string;
        bookingId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "seconds": 600
         *     }
         */
        'application/json': components['schemas']['ExtendHoldFields'];
      };
    };
    responses: {
      /** @description The booking after it */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description For If-Match */
          ETag?: string;
          /** @description true: the answer to an earlier request with this key */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "bookingId": "4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11",
           *       "eventId": "recital",
           *       "userId": "ada",
           *       "seats": 1,
           *       "status": "confirmed",
           *       "reference": "PO-4711",
           *       "expiresAt": "2027-02-01T12:10:00.000Z",
           *       "offer": false,
           *       "createdAt": "2027-02-01T12:00:00.000Z",
           *       "updatedAt": "2027-02-01T12:00:00.000Z",
           *       "endedReason": null,
           *       "revision": 0
           *     }
           */
          'application/json': components['schemas']['Booking'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `hold-lapsed`, `not-held`, `booking-ended`, `hold-ceiling`, `event-cancelled`, `not-extendable`, `request-in-flight` */
      409: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `precondition-failed` */
      412: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `key-reused` */
      422: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded`, `stream-unreadable`, `clock-skew` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  bookingsCancel: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description 1 to 255 visible ASCII characters: the same request takes effect once, for ever; only a hash is kept */
        'Idempotency-Key'?: string;
        /** @description The ETag of the copy that you have seen */
        'If-Match'?: string;
      };
      path: {
        eventId: string;
        bookingId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "reason": "weather"
         *     }
         */
        'application/json': components['schemas']['CancelFields'];
      };
    };
    responses: {
      /** @description The booking after it */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description For If-Match */
          ETag?: string;
          /** @description true: the answer to an earlier request with this key */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "bookingId": "4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11",
           *       "eventId": "recital",
           *       "userId": "ada",
           *       "seats": 1,
           *       "status": "confirmed",
           *       "reference": "PO-4711",
           *       "expiresAt": "2027-02-01T12:10:00.000Z",
           *       "offer": false,
           *       "createdAt": "2027-02-01T12:00:00.000Z",
           *       "updatedAt": "2027-02-01T12:00:00.000Z",
           *       "endedReason": null,
           *       "revision": 0
           *     }
           */
          'application/json': components['schemas']['Booking'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `cancellation-closed`, `request-in-flight` */
      409: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `precondition-failed` */
      412: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `key-reused` */
      422: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded`, `stream-unreadable`, `clock-skew` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  bookingsList: {
    parameters: {
      query?: {
        /** @description Whose; your own unless you are the box office */
        userId?: string;
        /** @description 1 to 64 of A-Z a-z 0-9 _ - */
        eventId?: string;
        /** @description waitlisted or held or confirmed or cancelled or expired */
        status?: 'waitlisted' | 'held' | 'confirmed' | 'cancelled' | 'expired';
        /** @description 1 to 64 of A-Z a-z 0-9 _ . : - */
        reference?: string;
        /** @description Items on a page: a whole number from 1 to 200; unless said 50 as JSON, all as NDJSON or CSV */
        limit?: number;
        /** @description a nextCursor as it was given */
        cursor?: string;
      };
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description Answer from this position on: read what you have just written */
        'Holdfast-Position'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page, or everything */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description The position that this answer shows */
          'Holdfast-Position'?: string;
          /** @description rel="next" */
          Link?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "items": [
           *         {
           *           "bookingId": "4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11",
           *           "eventId": "recital",
           *           "userId": "ada",
           *           "seats": 1,
           *           "status": "confirmed",
           *           "reference": "PO-4711",
           *           "expiresAt": "2027-02-01T12:10:00.000Z",
           *           "offer": false,
           *           "createdAt": "2027-02-01T12:00:00.000Z",
           *           "updatedAt": "2027-02-01T12:00:00.000Z",
           *           "endedReason": null,
           *           "revision": 0,
           *           "waitlistPosition": null
           *         }
           *       ],
           *       "nextCursor": "WyJib29raW5ncyJd"
           *     }
           */
          'application/json': components['schemas']['BookingPage'];
          'application/x-ndjson': components['schemas']['BookingShown'];
          'text/csv': string;
        };
      };
      /** @description `validation-failed`, `unknown-position` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded`, `read-model-behind` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  feedFollow: {
    parameters: {
      query?: {
        /** @description Only what happened at this event */
        eventId?: string;
        /** @description Only domain events of these types: one or more of these, separated by commas: EventScheduled, EventRenamed, EventRescheduled, CapacityChanged, EventRulesChanged, EventCancelled, BookingWaitlisted, BookingHeld, HoldExtended, HoldExpired, BookingConfirmed, BookingSeatsChanged, BookingReferenceChanged, BookingCancelled */
        type?: string;
        /** @description Only what this request has led to, as far as you are told of it */
        correlationId?: string;
        /** @description As Last-Event-ID, for whoever cannot set a header; the header goes first */
        after?: string;
      };
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description Go on after this position; from now on when absent */
        'Last-Event-ID'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The stream; it does not end by itself */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Where it begins */
          'Holdfast-Position'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example retry: 2000
           *     id: 0f92efe2-00000000000000000001
           *
           *     id: 0f92efe2-00000000000000000002
           *     event: BookingConfirmed
           *     data: {"type":"BookingConfirmed", …}
           *
           *     :
           *     id: 0f92efe2-00000000000000000007
           */
          'text/event-stream': components['schemas']['FeedFact'];
        };
      };
      /** @description `validation-failed`, `unknown-position` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `feed-too-old` */
      409: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  usersGet: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path: {
        userId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The profile */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description For If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "userId": "ada",
           *       "name": "Ada Lovelace",
           *       "email": "ada@example.org",
           *       "createdAt": "2027-02-01T12:00:00.000Z",
           *       "updatedAt": "2027-02-01T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Profile'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  usersPut: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description The ETag of the copy that you have seen */
        'If-Match'?: string;
      };
      path: {
        userId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "name": "Ada Lovelace",
         *       "email": "ada@example.org"
         *     }
         */
        'application/json': components['schemas']['ProfileFields'];
      };
    };
    responses: {
      /** @description The profile as it is now */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description For If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "userId": "ada",
           *       "name": "Ada Lovelace",
           *       "email": "ada@example.org",
           *       "createdAt": "2027-02-01T12:00:00.000Z",
           *       "updatedAt": "2027-02-01T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Profile'];
        };
      };
      /** @description The same, new */
      201: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description For If-Match */
          ETag?: string;
          /** @description Where to read it */
          Location?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "userId": "ada",
           *       "name": "Ada Lovelace",
           *       "email": "ada@example.org",
           *       "createdAt": "2027-02-01T12:00:00.000Z",
           *       "updatedAt": "2027-02-01T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Profile'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `precondition-failed` */
      412: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  usersErase: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path: {
        userId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Nothing is known of them now */
      204: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  webhooksList: {
    parameters: {
      query?: {
        /** @description Items on a page: a whole number from 1 to 200; 50 unless said */
        limit?: number;
        /** @description a nextCursor as it was given */
        cursor?: string;
      };
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page, the oldest first */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description rel="next" */
          Link?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "items": [
           *         {
           *           "webhookId": "01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11",
           *           "url": "https://shop.example/holdfast",
           *           "types": [
           *             "BookingConfirmed"
           *           ],
           *           "eventId": "recital",
           *           "description": "The shop",
           *           "status": "enabled",
           *           "disabled": {
           *             "reason": "failing",
           *             "since": "2027-02-04T12:00:00.000Z"
           *           },
           *           "failingSince": null,
           *           "position": "0f92efe2-00000000000000000002",
           *           "pending": 0,
           *           "oldSecretUntil": null,
           *           "createdAt": "2027-02-01T12:00:00.000Z",
           *           "createdBy": "operator-1",
           *           "updatedAt": "2027-02-01T12:00:00.000Z"
           *         }
           *       ],
           *       "nextCursor": "WyJib29raW5ncyJd"
           *     }
           */
          'application/json': components['schemas']['WebhookPage'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  webhooksCreate: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "url": "https://shop.example/holdfast",
         *       "types": [
         *         "BookingConfirmed",
         *         "BookingCancelled"
         *       ],
         *       "eventId": "recital",
         *       "description": "The shop"
         *     }
         */
        'application/json': components['schemas']['CreateWebhookFields'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description For If-Match */
          ETag?: string;
          /** @description Where to read it */
          Location?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "webhookId": "01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11",
           *       "url": "https://shop.example/holdfast",
           *       "types": [
           *         "BookingConfirmed"
           *       ],
           *       "eventId": "recital",
           *       "description": "The shop",
           *       "status": "enabled",
           *       "disabled": {
           *         "reason": "failing",
           *         "since": "2027-02-04T12:00:00.000Z"
           *       },
           *       "failingSince": null,
           *       "position": "0f92efe2-00000000000000000002",
           *       "pending": 0,
           *       "oldSecretUntil": null,
           *       "createdAt": "2027-02-01T12:00:00.000Z",
           *       "createdBy": "operator-1",
           *       "updatedAt": "2027-02-01T12:00:00.000Z",
           *       "secret": "whsec_…"
           *     }
           */
          'application/json': components['schemas']['WebhookWithSecret'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-many-webhooks` */
      409: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  webhooksGet: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path: {
        webhookId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The webhook */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description For If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "webhookId": "01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11",
           *       "url": "https://shop.example/holdfast",
           *       "types": [
           *         "BookingConfirmed"
           *       ],
           *       "eventId": "recital",
           *       "description": "The shop",
           *       "status": "enabled",
           *       "disabled": {
           *         "reason": "failing",
           *         "since": "2027-02-04T12:00:00.000Z"
           *       },
           *       "failingSince": null,
           *       "position": "0f92efe2-00000000000000000002",
           *       "pending": 0,
           *       "oldSecretUntil": null,
           *       "createdAt": "2027-02-01T12:00:00.000Z",
           *       "createdBy": "operator-1",
           *       "updatedAt": "2027-02-01T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Webhook'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  webhooksDelete: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path: {
        webhookId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description It is gone, and its deliveries with it */
      204: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  webhooksChange: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
        /** @description The ETag of the copy that you have seen */
        'If-Match'?: string;
      };
      path: {
        webhookId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "url": "https://shop.example/holdfast",
         *       "types": [
         *         "BookingConfirmed",
         *         "BookingCancelled"
         *       ],
         *       "description": "The shop"
         *     }
         */
        'application/json': components['schemas']['ChangeWebhookFields'];
      };
    };
    responses: {
      /** @description The webhook as it is now */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description For If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "webhookId": "01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11",
           *       "url": "https://shop.example/holdfast",
           *       "types": [
           *         "BookingConfirmed"
           *       ],
           *       "eventId": "recital",
           *       "description": "The shop",
           *       "status": "enabled",
           *       "disabled": {
           *         "reason": "failing",
           *         "since": "2027-02-04T12:00:00.000Z"
           *       },
           *       "failingSince": null,
           *       "position": "0f92efe2-00000000000000000002",
           *       "pending": 0,
           *       "oldSecretUntil": null,
           *       "createdAt": "2027-02-01T12:00:00.000Z",
           *       "createdBy": "operator-1",
           *       "updatedAt": "2027-02-01T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Webhook'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `precondition-failed` */
      412: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  webhooksRotate: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path: {
        webhookId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description With the new secret */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description For If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "webhookId": "01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11",
           *       "url": "https://shop.example/holdfast",
           *       "types": [
           *         "BookingConfirmed"
           *       ],
           *       "eventId": "recital",
           *       "description": "The shop",
           *       "status": "enabled",
           *       "disabled": {
           *         "reason": "failing",
           *         "since": "2027-02-04T12:00:00.000Z"
           *       },
           *       "failingSince": null,
           *       "position": "0f92efe2-00000000000000000002",
           *       "pending": 0,
           *       "oldSecretUntil": null,
           *       "createdAt": "2027-02-01T12:00:00.000Z",
           *       "createdBy": "operator-1",
           *       "updatedAt": "2027-02-01T12:00:00.000Z",
           *       "secret": "whsec_…"
           *     }
           */
          'application/json': components['schemas']['WebhookWithSecret'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  webhooksTest: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path: {
        webhookId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description How that went */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "delivered": true,
           *       "lastStatus": 200,
           *       "lastError": null,
           *       "durationMs": 40
           *     }
           */
          'application/json': components['schemas']['WebhookTest'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  webhooksReplay: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path: {
        webhookId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "from": "0f92efe2-00000000000000000002"
         *     }
         */
        'application/json': components['schemas']['ReplayWebhookFields'];
      };
    };
    responses: {
      /** @description It will be */
      202: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description For If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "webhookId": "01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11",
           *       "url": "https://shop.example/holdfast",
           *       "types": [
           *         "BookingConfirmed"
           *       ],
           *       "eventId": "recital",
           *       "description": "The shop",
           *       "status": "enabled",
           *       "disabled": {
           *         "reason": "failing",
           *         "since": "2027-02-04T12:00:00.000Z"
           *       },
           *       "failingSince": null,
           *       "position": "0f92efe2-00000000000000000002",
           *       "pending": 0,
           *       "oldSecretUntil": null,
           *       "createdAt": "2027-02-01T12:00:00.000Z",
           *       "createdBy": "operator-1",
           *       "updatedAt": "2027-02-01T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Webhook'];
        };
      };
      /** @description `validation-failed`, `unknown-position` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  webhooksDeliveries: {
    parameters: {
      query?: {
        /** @description Only those that stand so */
        status?: 'pending' | 'delivered' | 'given-up';
        /** @description Items on a page: a whole number from 1 to 200; 50 unless said */
        limit?: number;
        /** @description a nextCursor as it was given */
        cursor?: string;
      };
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path: {
        webhookId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page, the latest first */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description rel="next" */
          Link?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "items": [
           *         {
           *           "messageId": "0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11",
           *           "position": "0f92efe2-00000000000000000002",
           *           "eventId": "recital",
           *           "revision": 0,
           *           "type": "BookingConfirmed",
           *           "status": "delivered",
           *           "attempts": 1,
           *           "replays": 0,
           *           "nextAttemptAt": null,
           *           "lastAttemptAt": "2027-02-01T12:00:00.300Z",
           *           "lastStatus": 200,
           *           "lastError": null,
           *           "durationMs": 40
           *         }
           *       ],
           *       "nextCursor": "WyJib29raW5ncyJd"
           *     }
           */
          'application/json': components['schemas']['DeliveryPage'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  webhooksReplayOne: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path: {
        webhookId: string;
        messageId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description It will be */
      202: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "messageId": "0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11",
           *       "position": "0f92efe2-00000000000000000002",
           *       "eventId": "recital",
           *       "revision": 0,
           *       "type": "BookingConfirmed",
           *       "status": "delivered",
           *       "attempts": 1,
           *       "replays": 0,
           *       "nextAttemptAt": null,
           *       "lastAttemptAt": "2027-02-01T12:00:00.300Z",
           *       "lastStatus": 200,
           *       "lastError": null,
           *       "durationMs": 40
           *     }
           */
          'application/json': components['schemas']['Delivery'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  rehearsalsList: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As they stand, and whether another may be begun */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "isAllowed": true,
           *       "items": [
           *         {
           *           "rehearsalId": "01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11",
           *           "state": "done",
           *           "isSound": true,
           *           "failure": null,
           *           "places": 200,
           *           "callers": 64,
           *           "holdPercent": 30,
           *           "processes": 2,
           *           "locking": "both",
           *           "startedAt": "2027-02-01T12:00:00.000Z",
           *           "startedBy": "operator-1",
           *           "endedAt": "2027-02-01T12:00:01.000Z",
           *           "runs": [
           *             {
           *               "strategy": "optimistic",
           *               "eventId": "rehearsal-01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11-optimistic",
           *               "state": "done",
           *               "people": 400,
           *               "came": 400,
           *               "isCutShort": false,
           *               "isCalledOff": true,
           *               "answered": 672,
           *               "accepted": 228,
           *               "repeated": 22,
           *               "confirmed": 94,
           *               "givenBack": 28,
           *               "held": 0,
           *               "soldOut": 260,
           *               "refusals": {
           *                 "sold-out": 260,
           *                 "already-booked": 40
           *               },
           *               "faults": {},
           *               "conflicts": 4,
           *               "retries": 61,
           *               "p50Ms": 3.1,
           *               "p99Ms": 12.6,
           *               "elapsedMs": 310,
           *               "answersPerSecond": 2168,
           *               "evidence": {
           *                 "isSound": true,
           *                 "revisions": {
           *                   "from": 0,
           *                   "to": 312
           *                 },
           *                 "capacity": 200,
           *                 "taken": 200,
           *                 "mostTaken": 200,
           *                 "oversold": 0,
           *                 "oversoldAt": [],
           *                 "usersTwice": 0,
           *                 "twice": [],
           *                 "acknowledged": 372,
           *                 "missing": 0,
           *                 "missed": []
           *               }
           *             }
           *           ]
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['RehearsalList'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  rehearsalsStart: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "places": 200,
         *       "callers": 64,
         *       "holdPercent": 30,
         *       "processes": 2,
         *       "locking": "both"
         *     }
         */
        'application/json': components['schemas']['StartRehearsalFields'];
      };
    };
    responses: {
      /** @description It has begun */
      202: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Where to read it */
          Location?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "rehearsalId": "01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11",
           *       "state": "done",
           *       "isSound": true,
           *       "failure": null,
           *       "places": 200,
           *       "callers": 64,
           *       "holdPercent": 30,
           *       "processes": 2,
           *       "locking": "both",
           *       "startedAt": "2027-02-01T12:00:00.000Z",
           *       "startedBy": "operator-1",
           *       "endedAt": "2027-02-01T12:00:01.000Z",
           *       "runs": [
           *         {
           *           "strategy": "optimistic",
           *           "eventId": "rehearsal-01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11-optimistic",
           *           "state": "done",
           *           "people": 400,
           *           "came": 400,
           *           "isCutShort": false,
           *           "isCalledOff": true,
           *           "answered": 672,
           *           "accepted": 228,
           *           "repeated": 22,
           *           "confirmed": 94,
           *           "givenBack": 28,
           *           "held": 0,
           *           "soldOut": 260,
           *           "refusals": {
           *             "sold-out": 260,
           *             "already-booked": 40
           *           },
           *           "faults": {},
           *           "conflicts": 4,
           *           "retries": 61,
           *           "p50Ms": 3.1,
           *           "p99Ms": 12.6,
           *           "elapsedMs": 310,
           *           "answersPerSecond": 2168,
           *           "evidence": {
           *             "isSound": true,
           *             "revisions": {
           *               "from": 0,
           *               "to": 312
           *             },
           *             "capacity": 200,
           *             "taken": 200,
           *             "mostTaken": 200,
           *             "oversold": 0,
           *             "oversoldAt": [],
           *             "usersTwice": 0,
           *             "twice": [],
           *             "acknowledged": 372,
           *             "missing": 0,
           *             "missed": []
           *           }
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['Rehearsal'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rehearsals-off`, `rehearsal-running` */
      409: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  rehearsalsGet: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path: {
        rehearsalId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As it stands */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "rehearsalId": "01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11",
           *       "state": "done",
           *       "isSound": true,
           *       "failure": null,
           *       "places": 200,
           *       "callers": 64,
           *       "holdPercent": 30,
           *       "processes": 2,
           *       "locking": "both",
           *       "startedAt": "2027-02-01T12:00:00.000Z",
           *       "startedBy": "operator-1",
           *       "endedAt": "2027-02-01T12:00:01.000Z",
           *       "runs": [
           *         {
           *           "strategy": "optimistic",
           *           "eventId": "rehearsal-01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11-optimistic",
           *           "state": "done",
           *           "people": 400,
           *           "came": 400,
           *           "isCutShort": false,
           *           "isCalledOff": true,
           *           "answered": 672,
           *           "accepted": 228,
           *           "repeated": 22,
           *           "confirmed": 94,
           *           "givenBack": 28,
           *           "held": 0,
           *           "soldOut": 260,
           *           "refusals": {
           *             "sold-out": 260,
           *             "already-booked": 40
           *           },
           *           "faults": {},
           *           "conflicts": 4,
           *           "retries": 61,
           *           "p50Ms": 3.1,
           *           "p99Ms": 12.6,
           *           "elapsedMs": 310,
           *           "answersPerSecond": 2168,
           *           "evidence": {
           *             "isSound": true,
           *             "revisions": {
           *               "from": 0,
           *               "to": 312
           *             },
           *             "capacity": 200,
           *             "taken": 200,
           *             "mostTaken": 200,
           *             "oversold": 0,
           *             "oversoldAt": [],
           *             "usersTwice": 0,
           *             "twice": [],
           *             "acknowledged": 372,
           *             "missing": 0,
           *             "missed": []
           *           }
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['Rehearsal'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  projectionsGet: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description How the tables stand now */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "head": "4710",
           *       "generations": [
           *         {
           *           "generation": 1,
           *           "live": true,
           *           "state": "up to date",
           *           "position": "4710",
           *           "behind": 0,
           *           "lagMs": 0,
           *           "perSecond": 0,
           *           "leftMs": 0,
           *           "movedAt": "2027-02-01T12:00:00.000Z",
           *           "shownAt": null,
           *           "halt": {
           *             "position": "4711",
           *             "eventId": "recital",
           *             "revision": 0,
           *             "recordId": "0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11",
           *             "reason": "…",
           *             "since": "2027-03-01T18:00:00.000Z"
           *           },
           *           "pause": {
           *             "since": "2027-03-01T18:00:00.000Z",
           *             "by": "operator-1",
           *             "reason": "moving to other disks"
           *           }
           *         }
           *       ],
           *       "rebuild": {
           *         "generation": 2,
           *         "step": "same",
           *         "beganAt": "2027-03-01T18:00:00.000Z",
           *         "endedAt": "2027-03-01T18:00:00.000Z",
           *         "folded": 4710,
           *         "rows": 0,
           *         "compared": 0,
           *         "different": [
           *           "bookings"
           *         ],
           *         "why": "…"
           *       },
           *       "skipped": [
           *         {
           *           "position": "4711",
           *           "eventId": "recital",
           *           "revision": 0,
           *           "haltReason": "…",
           *           "by": "operator-1",
           *           "reason": "…",
           *           "at": "2027-03-01T18:00:00.000Z"
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['Projections'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  projectionsPause: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "generation": 2,
         *       "reason": "moving to other disks"
         *     }
         */
        'application/json': components['schemas']['PauseProjectionsFields'];
      };
    };
    responses: {
      /** @description How the tables stand now */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "head": "4710",
           *       "generations": [
           *         {
           *           "generation": 1,
           *           "live": true,
           *           "state": "up to date",
           *           "position": "4710",
           *           "behind": 0,
           *           "lagMs": 0,
           *           "perSecond": 0,
           *           "leftMs": 0,
           *           "movedAt": "2027-02-01T12:00:00.000Z",
           *           "shownAt": null,
           *           "halt": {
           *             "position": "4711",
           *             "eventId": "recital",
           *             "revision": 0,
           *             "recordId": "0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11",
           *             "reason": "…",
           *             "since": "2027-03-01T18:00:00.000Z"
           *           },
           *           "pause": {
           *             "since": "2027-03-01T18:00:00.000Z",
           *             "by": "operator-1",
           *             "reason": "moving to other disks"
           *           }
           *         }
           *       ],
           *       "rebuild": {
           *         "generation": 2,
           *         "step": "same",
           *         "beganAt": "2027-03-01T18:00:00.000Z",
           *         "endedAt": "2027-03-01T18:00:00.000Z",
           *         "folded": 4710,
           *         "rows": 0,
           *         "compared": 0,
           *         "different": [
           *           "bookings"
           *         ],
           *         "why": "…"
           *       },
           *       "skipped": [
           *         {
           *           "position": "4711",
           *           "eventId": "recital",
           *           "revision": 0,
           *           "haltReason": "…",
           *           "by": "operator-1",
           *           "reason": "…",
           *           "at": "2027-03-01T18:00:00.000Z"
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['Projections'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `operation-refused` */
      409: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  projectionsResume: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "generation": 2
         *     }
         */
        'application/json': components['schemas']['ResumeProjectionsFields'];
      };
    };
    responses: {
      /** @description How the tables stand now */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "head": "4710",
           *       "generations": [
           *         {
           *           "generation": 1,
           *           "live": true,
           *           "state": "up to date",
           *           "position": "4710",
           *           "behind": 0,
           *           "lagMs": 0,
           *           "perSecond": 0,
           *           "leftMs": 0,
           *           "movedAt": "2027-02-01T12:00:00.000Z",
           *           "shownAt": null,
           *           "halt": {
           *             "position": "4711",
           *             "eventId": "recital",
           *             "revision": 0,
           *             "recordId": "0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11",
           *             "reason": "…",
           *             "since": "2027-03-01T18:00:00.000Z"
           *           },
           *           "pause": {
           *             "since": "2027-03-01T18:00:00.000Z",
           *             "by": "operator-1",
           *             "reason": "moving to other disks"
           *           }
           *         }
           *       ],
           *       "rebuild": {
           *         "generation": 2,
           *         "step": "same",
           *         "beganAt": "2027-03-01T18:00:00.000Z",
           *         "endedAt": "2027-03-01T18:00:00.000Z",
           *         "folded": 4710,
           *         "rows": 0,
           *         "compared": 0,
           *         "different": [
           *           "bookings"
           *         ],
           *         "why": "…"
           *       },
           *       "skipped": [
           *         {
           *           "position": "4711",
           *           "eventId": "recital",
           *           "revision": 0,
           *           "haltReason": "…",
           *           "by": "operator-1",
           *           "reason": "…",
           *           "at": "2027-03-01T18:00:00.000Z"
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['Projections'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `operation-refused` */
      409: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  projectionsRebuild: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description It has begun */
      202: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "head": "4710",
           *       "generations": [
           *         {
           *           "generation": 1,
           *           "live": true,
           *           "state": "up to date",
           *           "position": "4710",
           *           "behind": 0,
           *           "lagMs": 0,
           *           "perSecond": 0,
           *           "leftMs": 0,
           *           "movedAt": "2027-02-01T12:00:00.000Z",
           *           "shownAt": null,
           *           "halt": {
           *             "position": "4711",
           *             "eventId": "recital",
           *             "revision": 0,
           *             "recordId": "0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11",
           *             "reason": "…",
           *             "since": "2027-03-01T18:00:00.000Z"
           *           },
           *           "pause": {
           *             "since": "2027-03-01T18:00:00.000Z",
           *             "by": "operator-1",
           *             "reason": "moving to other disks"
           *           }
           *         }
           *       ],
           *       "rebuild": {
           *         "generation": 2,
           *         "step": "same",
           *         "beganAt": "2027-03-01T18:00:00.000Z",
           *         "endedAt": "2027-03-01T18:00:00.000Z",
           *         "folded": 4710,
           *         "rows": 0,
           *         "compared": 0,
           *         "different": [
           *           "bookings"
           *         ],
           *         "why": "…"
           *       },
           *       "skipped": [
           *         {
           *           "position": "4711",
           *           "eventId": "recital",
           *           "revision": 0,
           *           "haltReason": "…",
           *           "by": "operator-1",
           *           "reason": "…",
           *           "at": "2027-03-01T18:00:00.000Z"
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['Projections'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `operation-refused` */
      409: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  projectionsSwitch: {
    parameters: {
      query?: never;
      header?: {
        /** @description Ties requests, log lines and domain events together, for ever: no name, no address; made when absent */
        'X-Request-Id'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "generation": 2
         *     }
         */
        'application/json': components['schemas']['SwitchProjectionsFields'];
      };
    };
    responses: {
      /** @description How the tables stand now */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "head": "4710",
           *       "generations": [
           *         {
           *           "generation": 1,
           *           "live": true,
           *           "state": "up to date",
           *           "position": "4710",
           *           "behind": 0,
           *           "lagMs": 0,
           *           "perSecond": 0,
           *           "leftMs": 0,
           *           "movedAt": "2027-02-01T12:00:00.000Z",
           *           "shownAt": null,
           *           "halt": {
           *             "position": "4711",
           *             "eventId": "recital",
           *             "revision": 0,
           *             "recordId": "0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11",
           *             "reason": "…",
           *             "since": "2027-03-01T18:00:00.000Z"
           *           },
           *           "pause": {
           *             "since": "2027-03-01T18:00:00.000Z",
           *             "by": "operator-1",
           *             "reason": "moving to other disks"
           *           }
           *         }
           *       ],
           *       "rebuild": {
           *         "generation": 2,
           *         "step": "same",
           *         "beganAt": "2027-03-01T18:00:00.000Z",
           *         "endedAt": "2027-03-01T18:00:00.000Z",
           *         "folded": 4710,
           *         "rows": 0,
           *         "compared": 0,
           *         "different": [
           *           "bookings"
           *         ],
           *         "why": "…"
           *       },
           *       "skipped": [
           *         {
           *           "position": "4711",
           *           "eventId": "recital",
           *           "revision": 0,
           *           "haltReason": "…",
           *           "by": "operator-1",
           *           "reason": "…",
           *           "at": "2027-03-01T18:00:00.000Z"
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['Projections'];
        };
      };
      /** @description `validation-failed` */
      400: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request-timeout` */
      408: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `operation-refused` */
      409: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `too-large` */
      413: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported-media-type` */
      415: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal` */
      500: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `outcome-unknown`, `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  healthLive: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description It does */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "status": "ready"
           *     }
           */
          'application/json': components['schemas']['Health'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  healthReady: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description They should */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "status": "ready"
           *     }
           */
          'application/json': components['schemas']['Health'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `store-unavailable`, `overloaded`, `stream-unreadable`, `clock-skew` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  metricsShow: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Figures in the text format of Prometheus */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'text/plain': unknown;
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Bearer, and whether the token was at fault */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`, `user-id-not-opaque` */
      403: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  descriptionDocument: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As it is now */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': Record<string, never>;
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  descriptionPage: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As it is now */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'text/html': string;
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  descriptionFile: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        file: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As it is now */
      200: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          '*/*': unknown;
        };
      };
      /** @description `not-found` */
      404: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate-limited` */
      429: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers-too-large` */
      431: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `overloaded` */
      503: {
        headers: {
          /** @description As sent, or made */
          'X-Request-Id'?: string;
          /** @description Seconds until it may be tried again */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
}
