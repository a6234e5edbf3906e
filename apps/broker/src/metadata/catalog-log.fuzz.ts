import { assert, DecodeError, type Random, silentLogger, StorageError } from '@pafka/base'
import {
  type CatalogRecord,
  decodeCatalogRecords,
  encodeCatalogFrame,
  encodeCatalogRecords,
  memoryFileSystem,
} from '@pafka/log'
import { type Fuzz, mutated } from '@pafka/testing'

import { CatalogLog } from './catalog-log.ts'

export const fuzzes: readonly Fuzz[] = [
  { name: 'decode damaged catalog records', run: decodeDamaged },
  { name: 'open a damaged catalog, and change it', run: openDamaged },
]

function decodeDamaged(random: Random): void {
  try {
    decodeCatalogRecords(mutated(random, encodeCatalogRecords(records(random))))
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
  }
}

async function openDamaged(random: Random): Promise<void> {
  const files = memoryFileSystem()
  files.makeFolder('/data')
  const frames = Array.from({ length: 1 + random.below(4) }, (_, at) =>
    encodeCatalogFrame(at + 1, records(random)),
  )
  files.writeFile('/data/catalog.log', mutated(random, Buffer.concat(frames)))
  const options = { files, dirs: [{ id: 'dir', path: '/data' }], logger: silentLogger }
  try {
    const log = await CatalogLog.open(options)
    await log.append([{ kind: 'producer-ids-reserved', nextBlock: 9999 }])
    await log.close()
    const again = await CatalogLog.open(options)
    assert(again.state.nextProducerIdBlock >= 9999, 'what was opened is written to and read again')
    assert(again.state.topics.size === log.state.topics.size, 'no topic comes or goes')
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
  }
}

function records(random: Random): CatalogRecord[] {
  return Array.from({ length: 1 + random.below(4) }, (): CatalogRecord => {
    const id = `id-${random.below(4)}`
    const configs = new Map([['retention.ms', String(random.below(1000))]])
    switch (random.below(9)) {
      case 0:
        return { kind: 'topic-deleted', id, places: [] }
      case 1:
        return { kind: 'topic-configs-set', id, configs }
      case 2:
        return { kind: 'producer-ids-reserved', nextBlock: random.below(100) }
      case 4:
        return { kind: 'client-metrics-set', name: id, configs }
      case 5:
        return { kind: 'feature-levels-set', levels: new Map([[id, random.below(3)]]) }
      case 3: {
        const lineages = [`lineage-${random.below(4)}`]
        return { kind: 'catalog-kept', lineages, dirs: [{ id, path: '/data', hasCopy: true }] }
      }
      case 7:
        return { kind: 'group-configs-set', name: id, configs }
      case 6: {
        const entity = [{ type: 'user', name: random.below(2) === 0 ? null : id }]
        const quotas = new Map(random.below(2) === 0 ? [] : [['producer_byte_rate', 1024]])
        return { kind: 'client-quotas-set', entity, quotas }
      }
      default: {
        const partitions = 1 + random.below(9)
        const places = Array.from({ length: random.below(9) }, () => `dir-${random.below(3)}`)
        return { kind: 'topic-created', name: id, id, partitions, internal: false, configs, places }
      }
    }
  })
}
