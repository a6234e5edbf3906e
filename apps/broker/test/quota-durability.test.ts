import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { WireClient } from '../src/try/wire-client.ts'
import { BrokerProcess } from './broker-process.ts'
import { allQuotas, setQuotas } from './quota-requests.ts'

test('quotas that were answered are in force after kill -9', async () => {
  await using folder = await temporaryFolder()
  {
    await using broker = await BrokerProcess.start(`log.dirs=${folder.path}`)
    using client = await WireClient.connect(broker.bootstrap)
    await setQuotas(client, { user: 'a' }, { producer_byte_rate: 1024, request_percentage: 0.5 })
    await setQuotas(client, { user: null, 'client-id': 'x' }, { controller_mutation_rate: 7 })
    await setQuotas(client, { ip: '::1' }, { connection_creation_rate: 20 })
    await setQuotas(client, { user: 'gone' }, { producer_byte_rate: 1 })
    await setQuotas(client, { user: 'gone' }, { producer_byte_rate: null })
    await setQuotas(client, { user: 'dry' }, { producer_byte_rate: 1 }, { validateOnly: true })
    await setQuotas(client, { 'client-id': null }, { producer_byte_rate: 2 ** 52 })
    await broker.stop('SIGKILL')
  }
  await using broker = await BrokerProcess.start(`log.dirs=${folder.path}`)
  using client = await WireClient.connect(broker.bootstrap)
  expect(await allQuotas(client)).toEqual([
    'client-id: producer_byte_rate=4503599627370496',
    'ip=::1: connection_creation_rate=20',
    'user,client-id=x: controller_mutation_rate=7',
    'user=a: producer_byte_rate=1024,request_percentage=0.5',
  ])
})
