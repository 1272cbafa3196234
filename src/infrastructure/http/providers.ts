import { BookPlaceHandler } from '../../application/commands/book-place.js';
import { CancelBookingHandler } from '../../application/commands/cancel-booking.js';
import { CancelEventHandler } from '../../application/commands/cancel-event.js';
import { ChangeBookingHandler } from '../../application/commands/change-booking.js';
import { ChangeEventHandler } from '../../application/commands/change-event.js';
import { ChangeWebhookHandler } from '../../application/commands/change-webhook.js';
import { ConfirmBookingHandler } from '../../application/commands/confirm-booking.js';
import { CreateWebhookHandler } from '../../application/commands/create-webhook.js';
import { DeleteWebhookHandler } from '../../application/commands/delete-webhook.js';
import { EraseUserHandler } from '../../application/commands/erase-user.js';
import { ExtendHoldHandler } from '../../application/commands/extend-hold.js';
import { OperateProjectionsHandler } from '../../application/commands/operate-projections.js';
import { PutProfileHandler } from '../../application/commands/put-profile.js';
import { ReplayDeliveryHandler } from '../../application/commands/replay-delivery.js';
import { ReplayWebhookHandler } from '../../application/commands/replay-webhook.js';
import { RotateWebhookSecretHandler } from '../../application/commands/rotate-webhook-secret.js';
import { ScheduleEventHandler } from '../../application/commands/schedule-event.js';
import { HoldLimit } from '../../application/hold-limit.js';
import { TestWebhookHandler } from '../../application/commands/test-webhook.js';
import { StartRehearsalHandler } from '../../application/commands/start-rehearsal.js';
import { FollowFeedHandler } from '../../application/queries/follow-feed.js';
import { GetAvailabilityHandler } from '../../application/queries/get-availability.js';
import { GetAvailabilityAsOfHandler } from '../../application/queries/get-availability-as-of.js';
import { GetBookingHandler } from '../../application/queries/get-booking.js';
import { GetCalendarEntryHandler } from '../../application/queries/get-calendar-entry.js';
import { GetContentionHandler } from '../../application/queries/get-contention.js';
import { GetEventHandler } from '../../application/queries/get-event.js';
import { GetHistoryHandler } from '../../application/queries/get-history.js';
import { GetLedgerAtHandler } from '../../application/queries/get-ledger-at.js';
import { GetLatestFactsHandler } from '../../application/queries/get-latest-facts.js';
import { GetProfileHandler } from '../../application/queries/get-profile.js';
import { GetProjectionsHandler } from '../../application/queries/get-projections.js';
import { GetRefusalsHandler } from '../../application/queries/get-refusals.js';
import { GetRehearsalHandler } from '../../application/queries/get-rehearsal.js';
import { GetWebhookHandler } from '../../application/queries/get-webhook.js';
import { ListBookingsHandler } from '../../application/queries/list-bookings.js';
import { ListDeliveriesHandler } from '../../application/queries/list-deliveries.js';
import { ListEventsHandler } from '../../application/queries/list-events.js';
import { ListRehearsalsHandler } from '../../application/queries/list-rehearsals.js';
import { ListWebhooksHandler } from '../../application/queries/list-webhooks.js';
import { ReadPosition } from '../../application/queries/read-position.js';
import { Answers } from './answers.js';
import { BookingsController } from './bookings.controller.js';
import { EventsController } from './events.controller.js';
import { FeedController } from './feed.controller.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { RehearsalsController } from './rehearsals.controller.js';
import { ProjectionsController } from './projections.controller.js';
import { UsersController } from './users.controller.js';
import { WebhookAnswers } from './webhook-answers.js';
import { WebhooksController } from './webhooks.controller.js';

/**
 * The front door's part of the composition root. Beside them the root imports CqrsModule and provides Transact,
 * StreamNames, ReadSettings, HoldSettings, Rehearsals, ThisProcess, Readiness, Metrics, Feed, FeedWire, and the ports
 * eventStore, eventFeed, ids, views, profiles, refusals, webhooks, projections and time.
 */
export const HTTP_CONTROLLERS = [
  ...[EventsController, BookingsController, FeedController, UsersController, WebhooksController],
  ...[RehearsalsController, ProjectionsController, HealthController, MetricsController],
];

export const HTTP_PROVIDERS = [Answers, WebhookAnswers];

/** Every use case, and what those that read share. */
export const USE_CASES = [
  ...[ScheduleEventHandler, ChangeEventHandler, CancelEventHandler],
  ...[BookPlaceHandler, ConfirmBookingHandler, ExtendHoldHandler, CancelBookingHandler, ChangeBookingHandler],
  ...[GetEventHandler, ListEventsHandler, GetAvailabilityHandler, GetBookingHandler, ListBookingsHandler],
  GetCalendarEntryHandler,
  ...[FollowFeedHandler, GetLatestFactsHandler],
  ...[PutProfileHandler, GetProfileHandler, EraseUserHandler],
  ...[GetHistoryHandler, GetAvailabilityAsOfHandler, GetRefusalsHandler, GetLedgerAtHandler],
  ...[CreateWebhookHandler, ChangeWebhookHandler, DeleteWebhookHandler, RotateWebhookSecretHandler, TestWebhookHandler],
  ...[ReplayWebhookHandler, ReplayDeliveryHandler, GetWebhookHandler, ListWebhooksHandler, ListDeliveriesHandler],
  ...[GetContentionHandler, StartRehearsalHandler, GetRehearsalHandler, ListRehearsalsHandler],
  ...[GetProjectionsHandler, OperateProjectionsHandler],
  ...[ReadPosition, HoldLimit],
];
