import { DeleteAcls, type DeleteAclsResponse, ErrorCode } from '@pafka/protocol'

import { NO_AUTHORIZER } from '../admin/no-authorizer.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** There are none. */
export const deleteAcls: RequestHandler = defineHandler(
  DeleteAcls,
  [1, 3],
  ({ filters }): DeleteAclsResponse => ({
    throttleTimeMs: 0,
    filterResults: filters.map(() => ({
      errorCode: ErrorCode.SECURITY_DISABLED,
      errorMessage: NO_AUTHORIZER,
      matchingAcls: [],
    })),
  }),
)
