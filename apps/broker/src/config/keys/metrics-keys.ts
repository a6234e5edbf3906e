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
} as const
