import type { Random } from '@pafka/base'

import type { Ask, Cluster } from '../cluster/cluster.ts'
import { brokerError } from '../errors/broker-error.ts'
import type { KafkaErrorContext } from '../errors/kafka-error.ts'
import type { CallOptions } from '../options/call-options.ts'
import type { ResolvedOptions } from '../options/resolve-options.ts'
import { retrying } from '../time/retrying.ts'
import { unlessAborted } from '../time/sleep.ts'

/** What admins need of their client. */
export interface AdminParts {
  readonly cluster: Cluster
  readonly options: ResolvedOptions
  readonly random: Random
}

/** For what changes something. */
export interface ChangeOptions extends CallOptions {
  /** Only says whether it could be done. */
  readonly dryRun?: boolean
}

/** How an answer says that it is none. */
export interface Refusal {
  readonly errorCode: number
  readonly errorMessage?: string | null
}

/**
 * Asks the controller, as often as that may help.
 * @param check of an answer; what it throws is retried if it is retriable
 * @param isAgain whether an attempt before this one may have been done without an answer
 */
export async function askController<Request, Response, Result>(
  parts: AdminParts,
  ask: Ask<Request, Response>,
  check: (response: Response, isAgain: boolean) => Result,
  options: CallOptions = {},
): Promise<Result> {
  return asking(parts, async () => parts.cluster.askController(ask), check, options)
}

/** As `askController`, whoever can be reached. */
export async function askAny<Request, Response, Result>(
  parts: AdminParts,
  ask: Ask<Request, Response>,
  check: (response: Response, isAgain: boolean) => Result,
  options: CallOptions = {},
): Promise<Result> {
  return asking(parts, async () => parts.cluster.askAny(ask), check, options)
}

async function asking<Response, Result>(
  { cluster, options, random }: AdminParts,
  ask: () => Promise<Response>,
  check: (response: Response, isAgain: boolean) => Result,
  { signal }: CallOptions,
): Promise<Result> {
  const { clock, timeoutMs } = options
  const deadlineMs = clock.monotonicMs() + timeoutMs
  let isAgain = false
  return retrying(
    async () => {
      const before = isAgain
      isAgain = true
      try {
        return check(await unlessAborted(ask(), signal), before)
      } catch (error) {
        cluster.metadata.outdated()
        throw error
      }
    },
    { clock, random, deadlineMs, signal },
  )
}

/** @throws {KafkaError} unless the answer is one */
export function checkAnswer(
  { errorCode, errorMessage = null }: Refusal,
  context: KafkaErrorContext,
): void {
  if (errorCode !== 0) throw brokerError(errorCode, errorMessage, context)
}
