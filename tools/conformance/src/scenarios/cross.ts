import { references } from '../clients.ts'
import type { InstalledClient } from '../installed-client.ts'
import type { Arena, FilledTopic } from './arena.ts'
import type { Scenario } from './scenario.ts'

/** What this client wrote, the references read; what they wrote, this client reads. */
export const cross: Scenario = {
  async run(arena, installed, others) {
    const here = others.filter(({ client }) => references.includes(client.name))
    if (here.length === 0) throw new Error(`none of ${references.join(', ')} is installed`)
    const own = await arena.filledBy(installed, installed.client.codecs)
    for (const reference of here) {
      if (reference.client.name === installed.client.name) continue
      await arena.expectRead(reference, [own], `reads-${installed.client.name}`)
    }
    if (installed.client.textOnly) return // the others' records are not lines of text
    const topics: FilledTopic[] = []
    for (const reference of here) topics.push(...(await readable(arena, reference, installed)))
    await arena.expectRead(installed, topics, 'cross')
  },
}

/** zstd came late: it has a topic of its own, for a client cannot skip what it cannot read. */
async function readable(
  arena: Arena,
  reference: InstalledClient,
  { client }: InstalledClient,
): Promise<FilledTopic[]> {
  const filled = [await arena.filledBy(reference, ['none', 'gzip', 'snappy', 'lz4'])]
  if (client.codecs.includes('zstd')) filled.push(await arena.filledBy(reference, ['zstd']))
  return filled
}
