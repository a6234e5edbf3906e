import { DescribeAcls, type DescribeAclsResponse, ErrorCode } from '@pafka/protocol'

import { defineHandler, type RequestHandler } from './handler.ts'

/** Everybody may do everything: said as Kafka says it without an authorizer. */
export const describeAcls: RequestHandler = defineHandler(
  DescribeAcls,
  [1, 3],
  (): DescribeAclsResponse => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode.SECURITY_DISABLED,
    errorMessage: 'No Authorizer is configured on the broker',
    resources: [],
  }),
)
