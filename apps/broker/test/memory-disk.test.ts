import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { BrokerProcess } from './broker-process.ts'

const SHM = '/dev/shm'

test.skipIf(!existsSync(SHM)).each(['journal', 'file', 'pmem'])(
  'a broker in /dev/shm promises no more than that it outlives a kill: %s',
  async (channel) => {
    const folder = await mkdtemp(join(SHM, 'pafka-'))
    try {
      const settings = [`log.dirs=${folder}`, `log.channel.type=${channel}`]
      await using broker = await BrokerProcess.start(...settings)
      const ack = 'survives the end of this process, but no power cut'
      expect(broker.output).toContain(`  ack   ${ack}: ${folder} is in memory`)
      expect(broker.output).toContain(`storage-in-memory folders=${folder} ack="${ack}"`)
      expect(broker.output).not.toContain('survives a power cut')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
)
