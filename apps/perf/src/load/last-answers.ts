import { SECOND_MS } from '@pafka/base'
import { Kafka, type KafkaError, type KafkaOptions } from '@pafka/client'

/** Who is told to end early waits so long for what is under way. */
export const LAST_ANSWERS_MS: number = 2 * SECOND_MS

/** What records fail with that were given up. */
const GIVEN_UP = ['CLOSED', 'TRANSACTION_ABORTED']

/**
 * Does something with clients of its own, and closes them. Soon after `signal` they are closed in
 * any case, whatever a broker does: what then fails in `work` is no failure any more.
 * @throws what `work` throws before. @throws {KafkaError} why something could not be written
 */
export async function untilLastAnswers(
  options: KafkaOptions,
  signal: AbortSignal,
  work: (kafka: Kafka) => Promise<void>,
): Promise<void> {
  const kafka = new Kafka(options)
  const givenUp = Promise.withResolvers<void>()
  let isGivenUp = false
  let timer: NodeJS.Timeout | undefined
  const giveUp = (): void => {
    isGivenUp = true
    const closed = kafka.close({ timeoutMs: 0 }).catch(() => {}) // nobody waits for that any more
    void closed.then(givenUp.resolve)
  }
  const stop = (): void => void (timer = setTimeout(giveUp, LAST_ANSWERS_MS))
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  try {
    await Promise.race([worked(kafka, work), givenUp.promise])
  } catch (error) {
    if (!isGivenUp) throw error
  } finally {
    signal.removeEventListener('abort', stop)
    clearTimeout(timer)
  }
}

async function worked(kafka: Kafka, work: (kafka: Kafka) => Promise<void>): Promise<void> {
  await using open = kafka
  await work(open)
}

/** Whether nobody knows what became of records, as nobody waited any longer. */
export function isUnanswered({ code }: KafkaError, { aborted }: AbortSignal): boolean {
  return aborted && GIVEN_UP.includes(code)
}
