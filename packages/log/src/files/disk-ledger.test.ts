import { beforeEach, expect, test } from 'vitest'

import { DiskLedger } from './disk-ledger.ts'

const KEPT = { forAppends: 100, forFiles: 50 }

let ledger: DiskLedger
let overdrawn = 0

beforeEach(() => {
  ledger = new DiskLedger()
  overdrawn = 0
  ledger.whenOverdrawn(() => (overdrawn += 1))
})

test('before a look anything is taken', () => {
  ledger.appended(Number.MAX_SAFE_INTEGER)
  expect([overdrawn, ledger.mayStore]).toEqual([0, true])
})

test('what waits for files is taken from the room that there is', () => {
  ledger.appended(300)
  ledger.look()(1000, KEPT)
  ledger.appended(600)
  expect([overdrawn, ledger.waitingBytes]).toEqual([0, 900])
  ledger.appended(1)
  ledger.appended(1)
  expect(overdrawn).toBe(2)
})

test('all that was taken gets into files, and no more than some room is left', () => {
  ledger.look()(1000, KEPT)
  ledger.appended(1000)
  ledger.settled(900)
  expect(ledger.mayStore).toBe(true)
  ledger.settled(50)
  expect([ledger.mayStore, ledger.waitingBytes]).toEqual([false, 50])
  ledger.look()(51, KEPT)
  expect(ledger.mayStore).toBe(true)
})

test('what gets into files during a look does not count as room', () => {
  ledger.appended(400)
  const tell = ledger.look()
  ledger.settled(400)
  tell(500, KEPT)
  ledger.appended(1)
  expect(overdrawn).toBe(1)
})

test('a disk that has no room after all is not written to before it is looked at', () => {
  ledger.look()(1000, KEPT)
  ledger.appended(10)
  ledger.full()
  expect(ledger.mayStore).toBe(false)
  ledger.look()(1000, KEPT)
  expect(ledger.mayStore).toBe(true)
})

test('a look that found plenty says nothing any more when that was appended', () => {
  ledger.look()(1000, KEPT)
  ledger.appended(800)
  expect([ledger.isStale(100), ledger.isStale(200)]).toEqual([false, true])
  ledger.look()(250, KEPT) // so it is: the next look would find no more
  expect([ledger.isStale(100), ledger.isStale(200)]).toEqual([false, false])
})
