import { silentLogger, StorageError } from '@pafka/base'
import type { CatalogRecord, FileSystem } from '@pafka/log'
import { expect, test } from 'vitest'

import { PowerCutFiles, type Remains } from '../../test/power-cut-files.ts'
import { CatalogLog } from './catalog-log.ts'
import { CatalogState } from './catalog-state.ts'

const PLACES = ['x', 'y', 'x', '', 'y']
const PATH = '/data/catalog.log'

/** A life of a catalog, one change each. */
const SCRIPT: readonly (readonly CatalogRecord[])[] = [
  [created('orders', 3)],
  [{ kind: 'producer-ids-reserved', nextBlock: 1 }],
  [created('payments', 1), created('refunds', 2)],
  [{ kind: 'topic-configs-set', id: 'id-orders', configs: new Map([['retention.ms', '1']]) }],
  [{ kind: 'partitions-added', id: 'id-orders', partitions: 5, places: PLACES }],
  [{ kind: 'topic-deleted', id: 'id-payments', places: ['x'] }],
  [{ kind: 'broker-configs-set', broker: '', configs: new Map([['log.retention.ms', '9']]) }],
  [{ kind: 'leader-epoch-raised', leaderEpoch: 4 }],
  [{ kind: 'feature-levels-set', levels: new Map([['transaction.version', 1]]) }],
  [{ kind: 'client-metrics-set', name: 's', configs: new Map([['metrics', '*']]) }],
  [{ kind: 'client-metrics-set', name: 't', configs: new Map([['metrics', 'a']]) }],
  [{ kind: 'client-metrics-set', name: 's', configs: new Map() }],
  [
    {
      kind: 'group-configs-set',
      name: 'g',
      configs: new Map([['share.delivery.count.limit', '7']]),
    },
  ],
  [
    {
      kind: 'group-configs-set',
      name: 'h',
      configs: new Map([['share.delivery.count.limit', '8']]),
    },
  ],
  [{ kind: 'group-configs-set', name: 'g', configs: new Map() }],
  [{ kind: 'partitions-placed', id: 'id-orders', places: PLACES.toReversed() }],
  [quotas('app', 1024), quotas(null, 4096)],
  [quotas('app')],
  [created('late', 1)],
]

function quotas(name: string | null, ...rates: number[]): CatalogRecord {
  const entity = [{ type: 'client-id', name }]
  const set = new Map(rates.map((rate) => ['producer_byte_rate', rate]))
  return { kind: 'client-quotas-set', entity, quotas: set }
}

function created(name: string, partitions: number): CatalogRecord {
  const configs = new Map([['cleanup.policy', 'compact']])
  const places = PLACES.slice(0, partitions)
  const id = `id-${name}`
  return { kind: 'topic-created', name, id, partitions, internal: false, configs, places }
}

interface Life {
  readonly paths?: readonly string[]
  readonly rewriteFromBytes?: number | undefined
}

function open(files: FileSystem, { paths = ['/data'], ...rest }: Life = {}): Promise<CatalogLog> {
  const dirs = paths.map((path) => ({ id: `id of ${path}`, path }))
  return CatalogLog.open({ files, dirs, logger: silentLogger, ...rest })
}

/** The state as one comparable value, without who has copies of it. */
function told(state: CatalogState): unknown {
  return state.records().filter(({ kind }) => kind !== 'catalog-kept')
}

function stateAfter(changes: number): unknown {
  const state = new CatalogState()
  for (const change of SCRIPT.slice(0, changes)) for (const record of change) state.apply(record)
  return told(state)
}

/** @returns how many changes were acknowledged before the files failed. */
async function play(files: PowerCutFiles, life: Life = {}): Promise<number> {
  let acknowledged = 0
  try {
    const log = await open(files, life)
    for (const change of SCRIPT) {
      await log.append(change)
      acknowledged += 1
    }
    await log.close()
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
  }
  return acknowledged
}

test('a catalog comes back as it was', async () => {
  const files = new PowerCutFiles()
  expect(await play(files)).toBe(SCRIPT.length)
  const log = await open(files)
  expect(told(log.state)).toEqual(stateAfter(SCRIPT.length))
  expect(log.state.topics.get('id-orders')).toMatchObject({ partitions: 5, internal: false })
  expect(log.state.deletedIds).toEqual(new Map([['id-payments', ['x']]]))
})

const TWO = { paths: ['/x', '/y'] }

/** Never rewritten, and as often as possible. */
const LIVES: readonly Life[] = [{}, { rewriteFromBytes: 1 }, TWO, { ...TWO, rewriteFromBytes: 1 }]

test.each(LIVES)(
  'power cut at every operation (copies in $paths, rewrite from $rewriteFromBytes bytes)',
  async (life) => {
    const whole = new PowerCutFiles()
    await play(whole, life)
    expect(whole.operations).toBeGreaterThan(SCRIPT.length)
    for (let cutAt = 1; cutAt <= whole.operations; cutAt += 1) {
      const files = new PowerCutFiles(cutAt)
      const acknowledged = await play(files, life)
      // the last dir to be written may have failed
      expect(acknowledged).toBeLessThan(SCRIPT.length + (life.paths?.length ?? 1) - 1)
      for (const remains of ['all', 'none', 'half'] satisfies Remains[]) {
        const log = await open(files.afterCut(remains), life)
        const allowed = [stateAfter(acknowledged), stateAfter(acknowledged + 1)]
        expect(allowed, `${remains} after ${cutAt}`).toContainEqual(told(log.state))
        await log.append([created('after', 1)])
        expect(log.state.topics.has('id-after')).toBe(true)
      }
    }
  },
)

test('a file cut at any byte of its last change loses that change only', async () => {
  const files = new PowerCutFiles()
  const log = await open(files)
  const ends: number[] = []
  for (const change of SCRIPT) {
    await log.append(change)
    ends.push(files.contents(PATH)?.length ?? 0)
  }
  const file = files.contents(PATH) ?? Buffer.alloc(0)
  for (let size = ends[0] ?? 0; size <= file.length; size += 1) {
    const cut = new PowerCutFiles(undefined, new Map([[PATH, file.subarray(0, size)]]))
    const whole = ends.filter((end) => end <= size).length
    const reopened = await open(cut)
    expect(told(reopened.state)).toEqual(stateAfter(whole))
    await reopened.append([created('after', 1)])
    const again = await open(cut)
    expect(again.state.topics.has('id-after')).toBe(true)
    expect(again.state.topics.size).toBe(reopened.state.topics.size)
  }
})

test('a flipped byte in the tail is cut off, elsewhere it stops the start', async () => {
  const files = new PowerCutFiles()
  const log = await open(files)
  for (const change of SCRIPT.slice(0, -1)) await log.append(change)
  const tailAt = files.contents(PATH)?.length ?? 0
  for (const change of SCRIPT.slice(-1)) await log.append(change)
  const file = files.contents(PATH) ?? Buffer.alloc(0)
  const refusal: unknown = expect.stringMatching(/StorageError: .* damaged at byte/)
  for (let at = 0; at < file.length; at += 1) {
    const damaged = Buffer.from(file)
    damaged.writeUInt8(damaged.readUInt8(at) ^ 0x10, at)
    const reopened = open(new PowerCutFiles(undefined, new Map([[PATH, damaged]])))
    const found = await reopened.then(({ state }) => told(state), String)
    const isTail = at >= tailAt
    expect(found).toEqual(isTail ? stateAfter(SCRIPT.length - 1) : refusal)
  }
})

test('changes that come together share one sync', async () => {
  const files = new PowerCutFiles()
  const log = await open(files)
  await log.append([created('first', 1)])
  const before = files.syncs
  const names = Array.from({ length: 100 }, (_, at) => `topic-${at}`)
  await Promise.all(names.map((name) => log.append([created(name, 1)])))
  expect(files.syncs - before).toBeLessThanOrEqual(2)
  expect((await open(files)).state.topics.size).toBe(101)
})

test('a file that is mostly garbage is rewritten', async () => {
  const files = new PowerCutFiles()
  const log = await open(files, { rewriteFromBytes: 2048 })
  for (let at = 0; at < 1000; at += 1) {
    await log.append([{ kind: 'producer-ids-reserved', nextBlock: at }])
  }
  expect(files.contents(PATH)?.length).toBeLessThan(4096)
  expect((await open(files)).state.nextProducerIdBlock).toBe(999)
})

test('after a failed write the next one starts from a sound file', async () => {
  const files = new PowerCutFiles()
  const log = await open(files)
  await log.append([created('first', 1)])
  files.failNext = 1
  await expect(log.append([created('lost', 1)])).rejects.toThrow(StorageError)
  await log.append([created('second', 1)])
  const names = [...(await open(files)).state.topics.values()].map(({ name }) => name)
  expect(names).toEqual(['first', 'second'])
})
