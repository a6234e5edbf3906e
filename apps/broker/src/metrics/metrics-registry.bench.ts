import type { Bench } from '@pafka/testing'

import { MetricsRegistry } from './metrics-registry.ts'

export const benches: readonly Bench[] = [
  {
    name: 'count the time of a request of 300 us',
    run(times) {
      const counts = new MetricsRegistry().histogram('pafka_request_seconds', 'Waits.')
      for (let left = times; left > 0; left -= 1) counts.observe(0.0003)
      if (counts.cumulative().at(-1) !== times) throw new Error('a request is missing')
    },
  },
]
