import type { Reader } from '@pafka/client'

type Bytes = Uint8Array

const LOOK_MS = 100

export interface ReadTerms {
  /** Without a record for so long it ends. */
  readonly timeoutMs: number
  /** Ends it, which is no failure. */
  readonly signal: AbortSignal
}

/** Reads until `take` says that it is enough, or nothing comes any more. @throws {KafkaError} */
export async function readUntil(
  reader: Reader<Bytes, Bytes>,
  take: (value: Bytes | null) => boolean,
  { timeoutMs, signal }: ReadTerms,
): Promise<void> {
  let lastMs = performance.now()
  const stop = (): void => reader.close()
  signal.addEventListener('abort', stop, { once: true })
  const looking = setInterval(
    () => {
      if (performance.now() - lastMs > timeoutMs) reader.close()
    },
    Math.min(LOOK_MS, timeoutMs),
  )
  try {
    for await (const { valueBytes } of reader) {
      lastMs = performance.now()
      if (take(valueBytes)) return
    }
  } finally {
    clearInterval(looking)
    signal.removeEventListener('abort', stop)
  }
}
