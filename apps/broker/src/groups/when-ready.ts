import type { ErrorCode } from '@pafka/protocol'

/** At once when nothing has to be waited for. */
export type Answered<T> = T | Promise<T>

/** Answers when the group's partition has been read; with `refuse` when that fails. */
export type WhenReady = <T>(
  groupId: string,
  refuse: (errorCode: ErrorCode) => T,
  answer: () => Answered<T>,
) => Answered<T>
