import { AddOffsetsToTxn, type AddOffsetsToTxnResponse, ErrorCode } from '@pafka/protocol'

import { defineHandler, type RequestHandler } from './handler.ts'
import { fencedAs } from './transaction-errors.ts'

/** Version 2 knows PRODUCER_FENCED. Source: AddOffsetsToTxnRequest.json. */
export const addOffsetsToTxn: RequestHandler = defineHandler(
  AddOffsetsToTxn,
  [0, 4],
  async (request, broker, { apiVersion }): Promise<AddOffsetsToTxnResponse> => {
    const { transactionalId, groupId, producerId, producerEpoch } = request
    const isReady = await broker.groups.ensureReady() // or there is no partition to add
    const partitions = [broker.groups.placeOf(groupId)]
    const asked = { producerId, producerEpoch, partitions, clientVersion: 0 }
    const errorCode =
      isReady === ErrorCode.NONE
        ? await broker.transactions.addPartitions(transactionalId, asked)
        : isReady
    return { throttleTimeMs: 0, errorCode: fencedAs(errorCode, apiVersion >= 2) }
  },
)
