import { DecodeError, errnoOf } from '@pafka/base'

/** The bytes may be sound, but more would come out of them than is wanted. */
export class TooLargeError extends DecodeError {}

/** Runs a library's decompressor; whatever it throws means that the bytes are bad. */
export function decoding<T>(codec: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (cause instanceof DecodeError) throw cause
    if (errnoOf(cause) === 'ERR_BUFFER_TOO_LARGE') {
      throw new TooLargeError(`${codec} data would be larger than is allowed`, { cause })
    }
    throw new DecodeError(`${codec} data cannot be decompressed`, { cause })
  }
}

export function tooLarge(codec: string, maxBytes: number): TooLargeError {
  return new TooLargeError(`${codec} data would be more than ${maxBytes} bytes`)
}
