import { seededRandom, silentLogger, systemClock } from '@pafka/base'
import { UpdateFeatures } from '@pafka/protocol'

import { Cluster } from '../src/cluster/cluster.ts'
import { resolveOptions } from '../src/options/resolve-options.ts'

/** Kafka tells one from the other. */
const UPGRADE = 1
const DOWNGRADE = 2

/** Lets a cluster have transactions as older ones do (1), or as newer ones (2; KIP-890). */
export async function useTransactionVersion(bootstrap: string, level: 1 | 2): Promise<void> {
  const cluster = new Cluster({
    ...resolveOptions(bootstrap),
    ...{ softwareVersion: 'test', random: seededRandom(1), clock: systemClock },
    logger: silentLogger,
  })
  try {
    const { errorCode, errorMessage } = await cluster.askController({
      api: UpdateFeatures,
      request: {
        timeoutMs: 5000,
        featureUpdates: [
          {
            ...{ feature: 'transaction.version', maxVersionLevel: level },
            ...{ allowDowngrade: level === 1, upgradeType: level === 1 ? DOWNGRADE : UPGRADE },
          },
        ],
        validateOnly: false,
      },
    })
    if (errorCode !== 0) throw new Error(`error ${errorCode}: ${errorMessage}`)
  } finally {
    cluster.close()
  }
}
