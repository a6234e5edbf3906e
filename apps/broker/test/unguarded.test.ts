import { CreateAcls, DeleteAcls, DescribeAcls, ErrorCode, UnregisterBroker } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from './handler-rig.ts'

const TOPIC = 2
const LITERAL = 3
const ALLOW = 3
const ANY = 1
const SECURITY_DISABLED = { errorCode: ErrorCode.SECURITY_DISABLED }

test('there are no ACLs, and none is taken, as in a Kafka without an authorizer', async () => {
  await using rig = await HandlerRig.start()
  const described = await rig.ask(DescribeAcls, 3, {
    resourceTypeFilter: ANY,
    resourceNameFilter: null,
    patternTypeFilter: ANY,
    principalFilter: null,
    hostFilter: null,
    operation: ANY,
    permissionType: ANY,
  })
  expect(described).toMatchObject({ ...SECURITY_DISABLED, resources: [] })
  const acl = {
    resourceType: TOPIC,
    resourceName: 't',
    resourcePatternType: LITERAL,
    principal: 'User:a',
    host: '*',
    operation: 3,
    permissionType: ALLOW,
  }
  const created = await rig.ask(CreateAcls, 3, { creations: [acl, acl] })
  expect(created.results).toMatchObject([SECURITY_DISABLED, SECURITY_DISABLED])
  const filter = {
    resourceTypeFilter: TOPIC,
    resourceNameFilter: 't',
    patternTypeFilter: LITERAL,
    principalFilter: null,
    hostFilter: null,
    operation: ANY,
    permissionType: ANY,
  }
  const deleted = await rig.ask(DeleteAcls, 3, { filters: [filter] })
  expect(deleted.filterResults).toMatchObject([{ ...SECURITY_DISABLED, matchingAcls: [] }])
})

test('no broker is unregistered: there is one, and it serves', async () => {
  await using rig = await HandlerRig.start()
  const own = await rig.ask(UnregisterBroker, 0, { brokerId: 1 })
  expect(own.errorCode).toBe(ErrorCode.INVALID_REQUEST)
  const other = await rig.ask(UnregisterBroker, 0, { brokerId: 7 })
  expect(other.errorCode).toBe(ErrorCode.BROKER_ID_NOT_REGISTERED)
})
