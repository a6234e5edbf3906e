import type { Bench } from '@pafka/testing'

import { RateQuota } from './rate-quota.ts'

const SHAPE = { samples: 11, sampleMs: 1000 }

/** Charges clients in turn, a request every millisecond. */
function charge(times: number, clients: number, quota: RateQuota): void {
  const ids = Array.from({ length: clients }, (_, at) => `client-${at}`)
  let throttledMs = 0
  for (let at = 0; at < times; at += 1) {
    const clientId = ids[at % clients] ?? ''
    throttledMs += quota.charge({ principalName: 'ANONYMOUS', clientId }, 1000, at)
  }
  if (throttledMs < 0) throw new Error('nobody waits for less than nothing')
}

export const benches: readonly Bench[] = [
  {
    name: 'charge one of 1,000 clients that have a quota',
    run(times) {
      const quota = new RateQuota({ shape: SHAPE })
      quota.limits.set(undefined, null, 1_000_000)
      charge(times, 1000, quota)
    },
  },
  {
    name: 'charge a client where there is no quota',
    run: (times) => charge(times, 1, new RateQuota({ shape: SHAPE })),
  },
]
