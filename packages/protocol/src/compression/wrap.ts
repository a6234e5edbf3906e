import { DecodeError } from '@pafka/base'

/** Runs a library's decompressor; whatever it throws means that the bytes are bad. */
export function decoding<T>(codec: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (cause instanceof DecodeError) throw cause
    throw new DecodeError(`${codec} data cannot be decompressed`, { cause })
  }
}

export function tooLarge(codec: string, maxBytes: number): DecodeError {
  return new DecodeError(`${codec} data would be more than ${maxBytes} bytes`)
}
