import { AlterClientQuotas, DescribeClientQuotas } from '@pafka/protocol'

import { defineErrorAnswer, type ErrorAnswer, ORDERED_MESSAGE } from './error-answer.ts'

export const alterClientQuotasError: ErrorAnswer = defineErrorAnswer(
  AlterClientQuotas,
  ({ entries }, { errorCode }) => {
    if (entries.length === 0) return undefined
    const failure = { errorCode, errorMessage: ORDERED_MESSAGE }
    return { throttleTimeMs: 0, entries: entries.map(({ entity }) => ({ ...failure, entity })) }
  },
)

export const describeClientQuotasError: ErrorAnswer = defineErrorAnswer(
  DescribeClientQuotas,
  (_, { errorCode }) => ({
    throttleTimeMs: 0,
    errorCode,
    errorMessage: ORDERED_MESSAGE,
    entries: null,
  }),
)
