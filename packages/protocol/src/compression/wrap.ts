import { DecodeError, errnoOf } from '@pafka/base'

/** The bytes may be sound, but more would come out of them than is wanted. */
export class TooLargeError extends DecodeError {}

/** Runs a library's decompressor; whatever it throws means that the bytes are bad. */
export function decoding<T>(codec: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    throw damaged(codec, cause)
  }
}

/** As `decoding`, for a decompressor that runs in a thread. */
export async function decodingOffLoop<T>(codec: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    throw damaged(codec, cause)
  }
}

export function tooLarge(codec: string, maxBytes: number): TooLargeError {
  return new TooLargeError(`${codec} data would be more than ${maxBytes} bytes`)
}

function damaged(codec: string, cause: unknown): DecodeError {
  if (cause instanceof DecodeError) return cause
  if (errnoOf(cause) === 'ERR_BUFFER_TOO_LARGE') {
    return new TooLargeError(`${codec} data would be larger than is allowed`, { cause })
  }
  return new DecodeError(`${codec} data cannot be decompressed`, { cause })
}
