import { ErrorCode, ListConfigResources } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

const TOPIC = 2
const BROKER = 4

test('all resources that there are, or those of some types', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('b')
  await rig.createTopic('a')
  const list = async (...resourceTypes: number[]) =>
    (await rig.ask(ListConfigResources, 1, { resourceTypes })).configResources
  const topics = [
    { resourceType: TOPIC, resourceName: 'a' },
    { resourceType: TOPIC, resourceName: 'b' },
  ]
  expect(await list(TOPIC)).toEqual(topics)
  expect(await list(BROKER)).toEqual([{ resourceType: BROKER, resourceName: '1' }])
  expect(await list()).toEqual(expect.arrayContaining(topics))
  expect(await list(16, 32)).toEqual([])
})

test('version 0 asks for client metrics only, of which there are none', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  const response = await rig.ask(ListConfigResources, 0, { resourceTypes: [] })
  expect(response).toMatchObject({ errorCode: ErrorCode.NONE, configResources: [] })
})

test('an unknown type', async () => {
  await using rig = await HandlerRig.start()
  const response = await rig.ask(ListConfigResources, 1, { resourceTypes: [TOPIC, 3] })
  expect(response.errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION)
})
