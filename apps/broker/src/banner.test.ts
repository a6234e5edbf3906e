import { NEVER } from '@pafka/log'
import { expect, test } from 'vitest'

import { banner, type BannerFacts } from './banner.ts'

const FACTS: BannerFacts = {
  version: '1.2.3',
  addresses: ['localhost:9092', 'localhost:9093'],
  clusterId: 'id',
  dirs: ['/data'],
  freeBytes: undefined,
  flushMessages: NEVER,
  flushMs: NEVER,
  journal: 'direct',
  mappedDirs: [],
  foldersInMemory: [],
  topics: 1,
  startMs: 41.6,
  command: 'npx @pafka/broker',
}

test.each<[string, Partial<BannerFacts>]>([
  ['survives a power cut: in the journal first (direct I/O)', {}],
  [
    'survives a power cut: in the journal first (buffered I/O and a sync: no direct I/O here)',
    { journal: 'buffered' },
  ],
  ['survives a power cut: in the journal first (direct I/O)', { flushMessages: 1 }],
  ['survives the end of this process: in the journal, synced later', { flushMessages: 2 }],
  ['survives the end of this process: in the journal, synced later', { flushMs: 1000 }],
  [
    'survives a power cut: written and synced to the device first',
    { journal: undefined, flushMessages: 1 },
  ],
  [
    'survives the end of this process: written to the operating system first.',
    { journal: undefined },
  ],
  [
    'survives the end of this process, but no power cut: /shm is in memory',
    { journal: 'memory', foldersInMemory: ['/shm'] },
  ],
  [
    'survives the end of this process, but no power cut: /shm/a, /shm/b are in memory',
    { foldersInMemory: ['/shm/a', '/shm/b'] },
  ],
  [
    'survives the end of this process, but no power cut: /shm is in memory',
    { journal: undefined, flushMessages: 1, foldersInMemory: ['/shm'] },
  ],
  [
    'survives a power cut: in persistent memory first',
    { journal: undefined, mappedDirs: [{ dir: '/pmem', isPowerSafe: true, why: 'MAP_SYNC' }] },
  ],
  [
    'survives the end of this process; a power cut perhaps: /pmem has no domain',
    { journal: undefined, mappedDirs: [{ dir: '/pmem', isPowerSafe: false, why: 'no domain' }] },
  ],
])('an ack %s', (meaning, facts) => {
  const line = banner({ ...FACTS, ...facts })
    .split('\n')
    .find((one) => one.startsWith('  ack'))
  expect(line?.startsWith(`  ack   ${meaning}`)).toBe(true)
})

test('says where it listens, where data lies and what to try', () => {
  expect(banner({ ...FACTS, freeBytes: 2 ** 30, topics: 2 })).toBe(`\
Pafka 1.2.3 listening on localhost:9092, localhost:9093
  data  /data (2 topics, 1 GiB free)
  ack   survives a power cut: in the journal first (direct I/O)
  try   npx @pafka/broker --try localhost:9092
  ready after 42 ms; stop with Ctrl+C`)
})
