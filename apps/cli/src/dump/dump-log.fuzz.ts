import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { assert, type Random } from '@pafka/base'
import { encodeCatalogFrame } from '@pafka/log'
import { encodeRecordBatch } from '@pafka/protocol'
import { type Fuzz, mutated, temporaryFolder } from '@pafka/testing'

import { dumpLog } from './dump-log.ts'

export const fuzzes: readonly Fuzz[] = [{ name: 'dump damaged files', run: dumpDamaged }]

/** Damage is found and said, whatever it is; nothing throws. */
async function dumpDamaged(random: Random): Promise<void> {
  await using folder = await temporaryFolder()
  const partition = join(folder.path, 'orders-0')
  mkdirSync(partition)
  for (const [name, bytes] of Object.entries(samples(random))) {
    writeFileSync(join(partition, name), mutated(random, bytes))
  }
  let text = ''
  const options = { json: true, records: true, verify: true, all: true }
  const problems = await dumpLog([folder.path], options, async (more) => void (text += more))
  let said = 0
  for (const line of text.trimEnd().split('\n')) {
    const found: unknown = JSON.parse(line)
    if (typeof found === 'object' && found !== null && Reflect.get(found, 'type') === 'problem') {
      said += 1
    }
  }
  assert(said === problems, 'each problem is said once')
}

function samples(random: Random): Record<string, Uint8Array> {
  const base = '00000000000000000000'
  const batches = Array.from({ length: 3 }, (_, at) =>
    encodeRecordBatch({
      baseOffset: at,
      compression: at === 1 ? 'gzip' : 'none',
      records: [{ timestamp: 1000 + at, key: null, value: random.bytes(20) }],
    }),
  )
  return {
    [`${base}.log`]: Buffer.concat(batches),
    [`${base}.index`]: Buffer.from('00000001000000500000000200000090', 'hex'),
    [`${base}.timeindex`]: Buffer.from('00000000000003e900000001', 'hex'),
    [`${base}.txnindex`]: Buffer.alloc(68, 1),
    [`${base}.snapshot`]: Buffer.alloc(56, 1),
    'catalog.log': Buffer.concat([
      encodeCatalogFrame(1, [{ kind: 'topic-deleted', id: 'a', places: [] }]),
      encodeCatalogFrame(2, [{ kind: 'producer-ids-reserved', nextBlock: 9 }]),
    ]),
    'leader-epoch-checkpoint': Buffer.from('0\n1\n0 0\n'),
    'recovery-point-offset-checkpoint': Buffer.from('0\n1\norders 0 3\n'),
    'meta.properties': Buffer.from('version=1\ncluster.id=x\n'),
    '.kafka_cleanshutdown': Buffer.from('{"version":0}'),
    ring: Buffer.concat([Buffer.from('pafkarnd'), Buffer.alloc(8184)]),
    checkpoint: Buffer.concat([Buffer.from('pafkackp'), Buffer.alloc(44)]),
  }
}
