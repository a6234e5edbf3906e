import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import {
  append,
  appendOfProducers,
  createLog,
  dump,
  dumpJson,
  ofType,
  openStore,
  TOPIC_ID,
  writeCatalog,
} from './sample-folder.ts'

/** Everything that is in the files below a folder. */
function contentsOf(folder: string): string {
  const hash = createHash('sha256')
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
  for (const entry of entries) {
    const path = join(folder, entry)
    hash.update(entry)
    if (statSync(path).isFile()) hash.update(readFileSync(path))
  }
  return hash.digest('hex')
}

test('rounds of a store at work, which stay as they are', async () => {
  await using folder = await temporaryFolder()
  const store = await openStore(folder.path, { channel: 'journal' })
  const log = createLog(store)
  await append(log, 8)
  await appendOfProducers(log)
  writeCatalog(folder.path)
  const before = contentsOf(folder.path)
  const lines = await dumpJson('--records', folder.path)
  expect(ofType(lines, 'problem')).toEqual([])
  const entries = ofType(lines, 'roundEntry')
  const last = entries.at(-1)
  expect(last).toMatchObject({
    topic: 'orders',
    topicId: TOPIC_ID,
    partition: 0,
    endOffset: log.logEndOffset,
  })
  let offset = 0
  for (const entry of entries) {
    expect(entry).toMatchObject({ baseOffset: offset, segmentBaseOffset: 0 })
    offset = Number(entry['endOffset'])
  }
  const rounds = ofType(lines, 'round')
  expect(rounds.every((round) => round['state'] === 'live' && round['isWhole'] === true)).toBe(true)
  for (const [at, round] of rounds.entries()) {
    if (at > 0) expect(round['previous']).toBe(rounds[at - 1]?.['sequence'])
  }
  const inRing = ofType(lines, 'record').filter(({ file }) => file.endsWith('ring'))
  expect(inRing.map((record) => record['offset'])).toEqual(
    Array.from({ length: offset }, (_, at) => at),
  )
  expect(contentsOf(folder.path)).toBe(before)
  await store.close()
})

test('a dump beside appends finds no damage', async () => {
  await using folder = await temporaryFolder()
  const config = { segmentBytes: 20_000 }
  const store = await openStore(folder.path, { channel: 'journal', config })
  const log = createLog(store, config)
  let isDone = false
  const appending = (async () => {
    while (!isDone) {
      await append(log, 20)
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  for (let times = 0; times < 5; times++) {
    const { text, exitCode } = await dump('--records', folder.path)
    expect(text.match(/^PROBLEM.*/gm) ?? []).toEqual([])
    expect(exitCode).toBe(0)
  }
  isDone = true
  await appending
  await store.close()
})

test('rounds that a checkpoint covers are shown when asked for', async () => {
  await using folder = await temporaryFolder()
  const store = await openStore(folder.path, { channel: 'journal' })
  const log = createLog(store)
  await append(log, 4)
  await appendOfProducers(log)
  await store.close()
  const ring = join(folder.path, 'journal/ring')
  expect(ofType(await dumpJson(ring), 'round')).toEqual([])
  const rounds = ofType(await dumpJson('--all', ring), 'round')
  expect(rounds.length).toBeGreaterThan(0)
  for (const round of rounds) expect(round).toMatchObject({ state: 'covered', isWhole: true })

  const checkpoint = await dumpJson(join(folder.path, 'journal/checkpoint'))
  expect(ofType(checkpoint, 'journalCheckpoint')).toHaveLength(1)

  rmSync(join(folder.path, 'journal/checkpoint'))
  const alone = await dump('--all', ring)
  expect(alone.exitCode).toBe(1)
  expect(alone.text).toContain('PROBLEM where its rounds begin is not known')
  expect(alone.text.match(/state: unknown/g)).toHaveLength(rounds.length)
})

test('what binds a journal and its log dirs, named or found, and damage of it', async () => {
  await using folder = await temporaryFolder()
  const data = join(folder.path, 'é data')
  const store = await openStore(data, { channel: 'journal' })
  const [{ directoryId } = { directoryId: '' }] = store.dirs()
  const [dirs, id] = [join(data, 'journal/dirs'), join(data, 'journal.id')]
  const checkpoint = await dumpJson(join(data, 'journal/checkpoint'))
  const ringId = ofType(checkpoint, 'journalCheckpoint')[0]?.['ringId']
  for (const lines of [await dumpJson(dirs, id), await dumpJson(data)]) {
    expect(ofType(lines, 'journalDir')).toMatchObject([{ directoryId, dir: data }])
    expect(ofType(lines, 'journalId')).toMatchObject([{ ringId }])
    expect(ofType(lines, 'problem')).toEqual([])
  }
  await store.close()
  writeFileSync(dirs, '0\n1\nnonsense\n')
  writeFileSync(id, '0\n2\nnonsense\n')
  const { text, exitCode } = await dump(dirs, id)
  expect([exitCode, text.match(/PROBLEM at 4: not a line of it: "nonsense"/g)?.length]).toEqual([
    1, 2,
  ])
  expect(text).toContain('PROBLEM at 13: 2 lines are promised, 1 are there')
})
