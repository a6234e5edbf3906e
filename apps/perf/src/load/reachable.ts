import { messageOf, SECOND_MS } from '@pafka/base'
import { Kafka, type KafkaOptions } from '@pafka/client'

/** For one answer. */
const ANSWER_MS = 3 * SECOND_MS
/** For all attempts. */
const REACH_MS = 5 * SECOND_MS

/** Asks a cluster who its brokers are. @returns why nobody answers within seconds */
export async function reachProblem(options: KafkaOptions): Promise<string | undefined> {
  const times = { connectTimeoutMs: ANSWER_MS, requestTimeoutMs: ANSWER_MS, timeoutMs: REACH_MS }
  const kafka = new Kafka({ ...options, ...times })
  try {
    await kafka.admin().cluster()
    return undefined
  } catch (error) {
    return `cannot be reached: ${messageOf(error).replace(/\.$/u, '')}`
  } finally {
    await kafka.close({ timeoutMs: 0 }).catch(() => {})
  }
}
