/** Configs of a client metrics subscription (KIP-714). Source: Kafka 4.3 `ClientMetricsConfigs`. */
export const clientMetricsKeys = {
  'interval.ms': {
    type: 'int',
    default: 300_000,
    min: 100,
    max: 3_600_000,
    importance: 'medium',
    doc: 'How often a client is to push its metrics.',
  },
  match: {
    type: 'list',
    default: [],
    importance: 'medium',
    doc: `Which clients are meant: patterns such as \`client_id=orders-.*\`, all of which match.
      Empty: every client.`,
  },
  metrics: {
    type: 'list',
    default: [],
    importance: 'medium',
    doc: 'Prefixes of the names of the metrics that are wanted; `*` is all of them.',
  },
} as const
