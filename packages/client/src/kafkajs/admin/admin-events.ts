import type {
  AnyEvent,
  ConnectEvent,
  DisconnectEvent,
  RemoveInstrumentationEventListener,
  RequestEvent,
  RequestQueueSizeEvent,
  RequestTimeoutEvent,
} from '../events/event-types.ts'

export type AdminEvents = {
  CONNECT: 'admin.connect'
  DISCONNECT: 'admin.disconnect'
  REQUEST: 'admin.network.request'
  REQUEST_TIMEOUT: 'admin.network.request_timeout'
  REQUEST_QUEUE_SIZE: 'admin.network.request_queue_size'
}

export const ADMIN_EVENTS: AdminEvents = {
  CONNECT: 'admin.connect',
  DISCONNECT: 'admin.disconnect',
  REQUEST: 'admin.network.request',
  REQUEST_TIMEOUT: 'admin.network.request_timeout',
  REQUEST_QUEUE_SIZE: 'admin.network.request_queue_size',
}

type Listens<Key extends keyof AdminEvents, Event> = (
  eventName: AdminEvents[Key],
  listener: (event: Event) => void,
) => RemoveInstrumentationEventListener<AdminEvents[Key]>

export type AdminOn = Listens<'CONNECT', ConnectEvent> &
  Listens<'DISCONNECT', DisconnectEvent> &
  Listens<'REQUEST', RequestEvent> &
  Listens<'REQUEST_QUEUE_SIZE', RequestQueueSizeEvent> &
  Listens<'REQUEST_TIMEOUT', RequestTimeoutEvent> &
  Listens<keyof AdminEvents, AnyEvent>
