import { expect, test } from 'vitest'

import { SimulatedRegion } from '../src/index.ts'
import { appendRecord, type Protocol, RECORDS_AT, recoverRecords } from './append-log.ts'
import { seeded } from './region-contract.ts'

const SEEDS = 5000
const SIZE = 4096
const ONE = process.env['PAFKA_PMEM_SEED']
const POWER_CUT = new Error('power cut')

/**
 * One life: appends until the power goes in the midst of one, then a start; three times.
 * @returns what is wrong with what was found, or undefined
 */
function live(protocol: Protocol, seed: number): string | undefined {
  const random = seeded(seed)
  let stepsLeft = 0
  const beforeStep = (): void => {
    if (stepsLeft-- === 0) throw POWER_CUT
  }
  let content: Uint8Array = new Uint8Array(SIZE)
  let sent: number[] = []
  for (let life = 0; life < 3; life++) {
    const region = new SimulatedRegion(SIZE, { content, beforeStep })
    stepsLeft = Math.floor(random() * 40)
    let acknowledged = sent.length
    try {
      while (sent.length < SIZE - RECORDS_AT - 300) {
        const record = Uint8Array.from({ length: 1 + random() * 299 }, () => 1 + random() * 255)
        const end = sent.length
        sent.push(...record)
        acknowledged = appendRecord(region, protocol, end, record)
      }
    } catch (error) {
      if (error !== POWER_CUT) throw error
    }
    stepsLeft = -1
    using found = region.cutPower(random)
    const records = recoverRecords(found)
    if (records.length < acknowledged) return `${records.length} of ${acknowledged} bytes`
    const wrong = records.findIndex((byte, at) => byte !== sent[at])
    if (wrong !== -1) return `byte ${wrong} of ${records.length} is not what was sent`
    sent = sent.slice(0, records.length)
    content = found.view.slice()
  }
  return undefined
}

/** The first seed with which something is wrong. */
function firstFailure(protocol: Protocol, seeds: number): string | undefined {
  for (let seed = 0; seed < seeds; seed++) {
    const wrong = live(protocol, seed)
    if (wrong !== undefined) return `seed ${seed}: ${wrong}`
  }
  return undefined
}

test(`a log in the right order outlives ${SEEDS} seeds`, { timeout: 60_000 }, () => {
  if (ONE !== undefined) expect(live('right', Number(ONE))).toBeUndefined()
  else expect(firstFailure('right', SEEDS)).toBeUndefined()
})

const wrongOnes: readonly Protocol[] = [
  'mark before fence',
  'mark not persisted',
  'record through the view, not persisted',
  'record through the view, half persisted',
  'mark before record',
  'acknowledged before fence',
]

test.for(wrongOnes)('%s: that is found', (protocol) => {
  expect(firstFailure(protocol, SEEDS)).toMatch(/^seed \d+: /)
})
