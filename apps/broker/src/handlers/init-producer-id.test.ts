import { ErrorCode, InitProducerId, type InitProducerIdRequest } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

function init(rig: HandlerRig, more: Partial<InitProducerIdRequest> = {}, version = 5) {
  return rig.ask(InitProducerId, version, {
    transactionalId: null,
    transactionTimeoutMs: 60_000,
    producerId: -1,
    producerEpoch: -1,
    enable2Pc: false,
    keepPreparedTxn: false,
    ...more,
  })
}

test.each([0, 1, 2, 3, 4, 5])('version %i', async (version) => {
  await using rig = await HandlerRig.start()
  const fresh = { errorCode: ErrorCode.NONE, producerEpoch: 0 }
  expect(await init(rig, {}, version)).toMatchObject({ ...fresh, producerId: 0 })
  expect(await init(rig, {}, version)).toMatchObject({ ...fresh, producerId: 1 })
})

test('no id is given twice: not at once, over many blocks, nor after a crash', async () => {
  const rig = await HandlerRig.start()
  const ask = async (): Promise<number> => (await init(rig)).producerId
  const ids = await Promise.all(Array.from({ length: 2500 }, ask))
  await using restarted = await rig.restart() // nothing of it is written down when it stops
  ids.push((await init(restarted)).producerId)
  expect(new Set(ids).size).toBe(2501)
})

test('a producer that had an id gets a new one (KIP-360)', async () => {
  await using rig = await HandlerRig.start()
  await init(rig)
  const again = await init(rig, { producerId: 0, producerEpoch: 3 })
  expect(again).toMatchObject({ errorCode: ErrorCode.NONE, producerId: 1, producerEpoch: 0 })
})

const { INVALID_REQUEST, INVALID_TRANSACTION_TIMEOUT } = ErrorCode

test.each<[string, Partial<InitProducerIdRequest>, number]>([
  ['an id without an epoch', { producerId: 1 }, INVALID_REQUEST],
  ['an epoch without an id', { producerEpoch: 1 }, INVALID_REQUEST],
  ['an empty transactional id', { transactionalId: '' }, INVALID_REQUEST],
  [
    'a timeout beyond transaction.max.timeout.ms',
    { transactionalId: 't', transactionTimeoutMs: 900_001 },
    INVALID_TRANSACTION_TIMEOUT,
  ],
  [
    'no timeout at all',
    { transactionalId: 't', transactionTimeoutMs: 0 },
    INVALID_TRANSACTION_TIMEOUT,
  ],
])('%s is refused', async (_what, wrong, errorCode) => {
  await using rig = await HandlerRig.start()
  expect(await init(rig, wrong)).toMatchObject({ errorCode, producerId: -1, producerEpoch: -1 })
})
