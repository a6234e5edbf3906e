import { expect, test } from 'vitest'

import { aclFrom, aclText, type NewAcl, wireAcl, wireFilter } from './acl.ts'

test('what is not said is what most mean', () => {
  const acl: NewAcl = { type: 'topic', name: 't', principal: 'User:a', operation: 'read' }
  expect(wireAcl(acl)).toEqual({
    ...{ resourceType: 2, resourceName: 't', resourcePatternType: 3, principal: 'User:a' },
    ...{ host: '*', operation: 3, permissionType: 3 },
  })
  const cluster: NewAcl = { type: 'cluster', principal: 'User:a', operation: 'all' }
  expect(wireAcl(cluster)).toMatchObject({ resourceType: 4, resourceName: 'kafka-cluster' })
})

test('a filter without anything matches all', () => {
  expect(wireFilter({})).toEqual({
    ...{ resourceTypeFilter: 1, resourceNameFilter: null, patternTypeFilter: 1 },
    ...{ principalFilter: null, hostFilter: null, operation: 1, permissionType: 1 },
  })
})

test('what a newer broker says is unknown, and the rest is told', () => {
  const wire = {
    ...{ resourceType: 99, resourceName: 'x', patternType: 4, principal: 'User:a', host: '*' },
    ...{ operation: 99, permissionType: 2 },
  }
  const acl = aclFrom(wire)
  expect(acl).toEqual({
    ...{ type: 'unknown', name: 'x', pattern: 'prefixed', principal: 'User:a', host: '*' },
    ...{ operation: 'unknown', permission: 'deny' },
  })
  expect(aclText(acl)).toBe('deny User:a * unknown unknown prefixed x')
})
