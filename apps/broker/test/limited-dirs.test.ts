import { join } from 'node:path'

import { ErrorCode } from '@pafka/protocol'
import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { Broker } from '../src/broker.ts'
import { WireClient } from '../src/try/wire-client.ts'
import { BrokerProcess } from './broker-process.ts'
import { batchOf, readValues, TOPIC } from './stored-values.ts'
import { createTopic, produceBytes } from './wire.ts'

const OPERATIONS = 40
const RECORDS = 30
const RATES = [
  `log.limit.operations.per.second=${OPERATIONS}`,
  'log.limit.bytes.per.second=20971520',
]

/** @returns how long they took, one after another, from the first one's sending to the last ack */
async function produceTimed(bootstrap: string, values: readonly string[]): Promise<number> {
  using client = await WireClient.connect(bootstrap)
  await createTopic(client, TOPIC)
  const startMs = performance.now()
  for (const value of values) {
    expect((await produceBytes(client, TOPIC, batchOf(value))).errorCode).toBe(ErrorCode.NONE)
  }
  return performance.now() - startMs
}

test.each(['file', 'journal'])(
  'acks of a limited dir come at its rate, and what was acknowledged stays: %s',
  async (channel) => {
    await using folder = await temporaryFolder()
    const settings = [`log.dirs=${folder.path}`, `log.channel.type=${channel}`]
    const limits = [`log.limit.paths=${folder.path}`, ...RATES, 'log.flush.interval.messages=1']
    const values = Array.from({ length: RECORDS }, (_, at) => `value ${at}`)
    {
      await using broker = await BrokerProcess.start(...settings, ...limits)
      expect(broker.output).toContain(
        `log-dirs-limited paths=${folder.path} bytesPerSecond=20971520 ` +
          `operationsPerSecond=${OPERATIONS}`,
      )
      // each ack waits for an operation of its own; a timer's grain is forgiven once
      const leastMs = (RECORDS * 1000) / OPERATIONS - 2
      expect(await produceTimed(broker.bootstrap, values)).toBeGreaterThanOrEqual(leastMs)
      await broker.stop('SIGKILL')
    }
    {
      await using limited = await BrokerProcess.start(...settings, ...limits)
      expect(await readValues(limited.bootstrap)).toEqual(values)
      expect(await limited.stop()).toBe(0)
    }
    await using quick = await BrokerProcess.start(...settings)
    expect(quick.output).not.toContain('log-dirs-limited')
    expect(await readValues(quick.bootstrap)).toEqual(values)
  },
  60_000,
)

test('a limit of what is not the broker’s is refused', async () => {
  await using folder = await temporaryFolder()
  const [data, other] = [join(folder.path, 'data'), join(folder.path, 'other')]
  const settings = [`log.dirs=${data}`, ...RATES, `log.limit.paths=${data}/journal,${other}`]
  await using broker = BrokerProcess.spawn('listeners=PLAINTEXT://127.0.0.1:0', ...settings)
  expect(await broker.ended()).toBe(2)
  expect(broker.output).toContain(`log.limit.paths: ${other} has nothing of ${data}`)
  expect(broker.output).not.toContain('/journal has nothing')
  const config = {
    'log.limit.paths': '/nowhere',
    'log.limit.bytes.per.second': 1e9,
    'log.limit.operations.per.second': 1e5,
  }
  await expect(Broker.start({ config })).rejects.toThrow('log.limit.paths: /nowhere has nothing')
})
