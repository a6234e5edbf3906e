import { type Random, seededRandom } from '@pafka/base'
import { diskError, SimulatedDisk } from '@pafka/log'
import { AlterClientQuotas, DescribeClientQuotas, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from './handler-rig.ts'

const KEYS = ['producer_byte_rate', 'consumer_byte_rate', 'request_percentage', 'nonsense']
const TYPES = ['user', 'client-id', 'ip', 'group']
const NAMES = ['a', 'b', '::1', null]

interface Entry {
  readonly entity: readonly { readonly entityType: string; readonly entityName: string | null }[]
  readonly ops: readonly {
    readonly key: string
    readonly value: number
    readonly remove: boolean
  }[]
}

function pick<Item>(random: Random, [first, ...others]: readonly [Item, ...Item[]]): Item {
  return [first, ...others][random.below(1 + others.length)] ?? first
}

function randomEntry(random: Random): Entry {
  const entity = Array.from({ length: 1 + random.below(2) }, () => ({
    entityType: pick(random, [TYPES[random.below(4)] ?? 'user', 'user', 'client-id']),
    entityName: NAMES[random.below(4)] ?? null,
  }))
  const ops = Array.from({ length: 1 + random.below(2) }, () => ({
    key: KEYS[pick(random, [0, 1, 2, 3, 0, 1])] ?? '',
    value: pick(random, [1, 2, 1024, 0, -1, NaN, 3, 4]),
    remove: random.below(3) === 0,
  }))
  return { entity, ops }
}

function nameOf({ entity }: Pick<Entry, 'entity'>): string {
  const parts = entity.map(({ entityType, entityName }) => JSON.stringify([entityType, entityName]))
  return parts.toSorted().join()
}

type Model = Map<string, Map<string, number>>

function apply(model: Model, entry: Entry): void {
  const quotas = new Map(model.get(nameOf(entry)))
  for (const { key, value, remove } of entry.ops) {
    if (remove) quotas.delete(key)
    else quotas.set(key, value)
  }
  if (quotas.size === 0) model.delete(nameOf(entry))
  else model.set(nameOf(entry), quotas)
}

function sorted(model: Iterable<[string, Iterable<[string, number]>]>): unknown {
  const text = (entry: [string, Iterable<[string, number]>]): string =>
    `${entry[0]} ${Array.from(entry[1], String).toSorted().join(' ')}`
  return Array.from(model, text).toSorted()
}

async function described(rig: HandlerRig): Promise<unknown> {
  const request = { components: [], strict: false }
  const { entries } = await rig.ask(DescribeClientQuotas, 1, request)
  return sorted(
    (entries ?? []).map((entry): [string, [string, number][]] => [
      nameOf(entry),
      entry.values.map(({ key, value }) => [key, value]),
    ]),
  )
}

test('what was answered is what there is: with any requests, failing disks, restarts', async () => {
  const seed = Number(process.env['PAFKA_SEED'] ?? Math.floor(Math.random() * 1e9))
  const random = seededRandom(seed)
  const files = SimulatedDisk.create()
  const model: Model = new Map()
  let rig = await HandlerRig.start({ files })
  let failed = 0
  let restarts = 0
  for (let round = 0; round < 300; round += 1) {
    const why = `PAFKA_SEED=${seed}, round ${round}`
    const entries = Array.from({ length: 1 + random.below(3) }, () => randomEntry(random))
    const validateOnly = random.below(8) === 0
    const fails = random.below(10) === 0
    files.fault = (operation, path) =>
      fails && operation === 'write' && path.includes('catalog')
        ? diskError('EIO', path)
        : undefined
    const answer = await rig.ask(AlterClientQuotas, 1, { entries, validateOnly })
    files.fault = () => undefined
    const codes = answer.entries.map(({ errorCode }) => errorCode)
    if (codes.includes(ErrorCode.KAFKA_STORAGE_ERROR)) failed += 1
    for (const [at, entry] of entries.entries()) {
      if (codes[at] === ErrorCode.NONE && !validateOnly) apply(model, entry)
    }
    expect(await described(rig), why).toEqual(sorted(model))
    // what failed may be there after a restart, until something else was written
    if (fails || random.below(20) > 0) continue
    restarts += 1
    await rig.broker.close()
    rig = await HandlerRig.start({ files })
    expect(await described(rig), `${why}, after a restart`).toEqual(sorted(model))
  }
  expect(failed).toBeGreaterThan(0)
  expect(restarts).toBeGreaterThan(0)
  await rig.broker.close()
})
