import { CreateAcls, DeleteAcls, DescribeAcls } from '@pafka/protocol'

import type { Connected } from '../client-session.ts'
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
} from '../enums.ts'
import type { AclEntry, AclFilter, DeleteAclResponse, DescribeAclResponse } from './acl-types.ts'
import { askController, checkAnswer } from './ask.ts'
import { checkOneOf, checkText } from './check-arguments.ts'

/** Versions before 1 have no patterns. */
const VERSIONS = { min: 1 }

/** @param isFilter where names may be left out */
export function checkAcl(acl: AclEntry | AclFilter, isFilter: boolean): void {
  checkText('principal', acl.principal, isFilter)
  checkText('host', acl.host, isFilter)
  checkText('resourceName', acl.resourceName, isFilter)
  checkOneOf('operation', acl.operation, AclOperationTypes)
  checkOneOf('resourcePatternType', acl.resourcePatternType, ResourcePatternTypes)
  checkOneOf('permissionType', acl.permissionType, AclPermissionTypes)
  checkOneOf('resourceType', acl.resourceType, AclResourceTypes)
}

export async function createAcls(
  connected: Connected,
  creations: readonly AclEntry[],
): Promise<boolean> {
  await askController(
    connected,
    { api: CreateAcls, versions: VERSIONS, request: { creations } },
    ({ results }) => {
      for (const answer of results) checkAnswer(answer, 'CreateAcls')
    },
  )
  return true
}

export async function describeAcls(
  connected: Connected,
  filter: AclFilter,
): Promise<DescribeAclResponse> {
  const ask = { api: DescribeAcls, versions: VERSIONS, request: filterOf(filter) }
  return askController(connected, ask, (answer) => {
    checkAnswer(answer, 'DescribeAcls')
    const resources = answer.resources.map(({ patternType, resourceType, resourceName, acls }) => ({
      ...{ resourceType, resourceName, resourcePatternType: patternType },
      acls: acls.map(({ principal, host, operation, permissionType }) => {
        return { principal, host, operation, permissionType }
      }),
    }))
    const { throttleTimeMs: throttleTime, errorCode } = answer
    // the numbers are those of the enumerations, as far as these know them
    return { throttleTime, errorCode, resources } as DescribeAclResponse
  })
}

export async function deleteAcls(
  connected: Connected,
  filters: readonly AclFilter[],
): Promise<DeleteAclResponse> {
  const request = { filters: filters.map(filterOf) }
  return askController(connected, { api: DeleteAcls, versions: VERSIONS, request }, (answer) => {
    const filterResponses = answer.filterResults.map((result) => {
      checkAnswer(result, 'DeleteAcls')
      for (const acl of result.matchingAcls) checkAnswer(acl, 'DeleteAcls')
      return {
        ...{ errorCode: result.errorCode, errorMessage: result.errorMessage },
        matchingAcls: result.matchingAcls.map(({ patternType, ...acl }) => {
          return { ...acl, resourcePatternType: patternType }
        }),
      }
    })
    // the numbers are those of the enumerations, as far as these know them
    return { throttleTime: answer.throttleTimeMs, filterResponses } as DeleteAclResponse
  })
}

function filterOf(filter: AclFilter) {
  const { resourceType, resourceName, resourcePatternType, principal, host } = filter
  return {
    ...{ resourceTypeFilter: resourceType, resourceNameFilter: resourceName ?? null },
    ...{ patternTypeFilter: resourcePatternType, principalFilter: principal ?? null },
    ...{ hostFilter: host ?? null, operation: filter.operation },
    permissionType: filter.permissionType,
  }
}
