import { CreateAcls, type CreateAclsResponse, ErrorCode } from '@pafka/protocol'

import { NO_AUTHORIZER } from '../admin/no-authorizer.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** One that nobody heeds would leave something unguarded: none is taken. */
export const createAcls: RequestHandler = defineHandler(
  CreateAcls,
  [1, 3],
  ({ creations }): CreateAclsResponse => ({
    throttleTimeMs: 0,
    results: creations.map(() => ({
      errorCode: ErrorCode.SECURITY_DISABLED,
      errorMessage: NO_AUTHORIZER,
    })),
  }),
)
