import { StorageError } from '@pafka/base'

/** A segment lies in a log dir that is not there, or is not where it should be. */
export class SegmentMissing extends StorageError {
  readonly directoryId: string

  constructor(message: string, directoryId: string, cause?: unknown) {
    super(message, { cause: cause ?? Object.assign(new Error(message), { code: 'ENODEV' }) })
    this.directoryId = directoryId
  }
}
