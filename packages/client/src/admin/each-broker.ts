import { retrying } from '../time/retrying.ts'
import { unlessAborted } from '../time/sleep.ts'
import type { AdminParts, CallOptions } from './admin-call.ts'
import { askEach, askNodes } from './ask-each.ts'
import type { Outcome } from './outcome.ts'

/** Asks each broker for what it alone knows. @param brokerIds all by default */
export async function askBrokers<T>(
  parts: AdminParts,
  brokerIds: readonly number[] | undefined,
  options: CallOptions,
  ask: (nodeId: number) => Promise<T>,
): Promise<Outcome<T>> {
  const { metadata } = parts.cluster
  if (brokerIds === undefined) {
    const { clock, timeoutMs } = parts.options
    const deadlineMs = clock.monotonicMs() + timeoutMs
    const { signal } = options
    const refresh = async (): Promise<void> => unlessAborted(metadata.refresh(), signal)
    await retrying(refresh, { clock, random: parts.random, deadlineMs, signal })
  }
  const all = brokerIds ?? [...metadata.nodes.keys()]
  return askEach(
    parts,
    all,
    async (left) =>
      askNodes(parts, new Map(left.map((nodeId) => [nodeId, nodeId])), async (nodeId) => {
        return new Map([[nodeId, await ask(nodeId)]])
      }),
    { ...options, about: (nodeId) => ({ subject: `broker ${nodeId}` }) },
  )
}
