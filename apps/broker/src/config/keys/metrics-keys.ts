export const metricsKeys = {
  'metrics.listener': {
    type: 'string',
    default: null,
    importance: 'medium',
    own: true,
    doc: `Where metrics are served in Prometheus' text format: \`host:port\`, then \`GET /metrics\`;
      port 0 takes a free one. There is no login, so an address of the machine itself, such as
      \`127.0.0.1:9404\`, is a good choice. Not set or empty: nowhere, and nothing is measured.`,
  },
  'telemetry.max.bytes': {
    type: 'int',
    default: 1_048_576,
    min: 1,
    importance: 'low',
    doc: `Most bytes that a client may push of its metrics at once, and most that may come out of
      them decompressed. Clients are told it.`,
  },
  'telemetry.max.series': {
    type: 'int',
    default: 20_000,
    min: 0,
    importance: 'low',
    own: true,
    doc: `Most time series of clients' metrics, of all clients together: what is pushed beyond it is
      counted and left out. A series takes about half a KiB of memory while it is pushed, and for
      three of the client's intervals after that.`,
  },
} as const
