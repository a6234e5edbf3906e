import type { Codec } from '../clients.ts'
import type { Arena, FilledTopic } from './arena.ts'
import type { Scenario } from './scenario.ts'

/**
 * Every codec of the client, keyed, with headers, large, empty and null values; read back in a
 * group and committed.
 */
export const codec: Scenario = {
  async run(arena, installed) {
    const filled = await arena.filledBy(installed, installed.client.codecs)
    await expectCodecs(arena, filled, installed.client.codecs)
    await arena.expectRead(installed, [filled], 'codec')
  },
}

/**
 * Some clients fall back to no compression without a word when they dislike what the broker
 * offers.
 */
async function expectCodecs(
  arena: Arena,
  { topic, partitions }: FilledTopic,
  wanted: readonly Codec[],
): Promise<void> {
  const found = new Set<Codec | undefined>()
  const ends = await arena.referee.endOffsets(topic, partitions)
  for (const [partition, end] of ends.entries()) {
    for (const batch of await arena.referee.batches(topic, partition, end)) {
      if (batch.magic !== 2) throw new Error(`${topic} [${partition}]: format ${batch.magic}`)
      found.add(batch.codec)
    }
  }
  const missing = wanted.filter((each) => !found.has(each))
  if (missing.length > 0)
    throw new Error(`no batch in the log is compressed with ${missing.join()}`)
}
