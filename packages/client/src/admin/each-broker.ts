import { KafkaError } from '../errors/kafka-error.ts'
import type { CallOptions } from '../options/call-options.ts'
import { retrying } from '../time/retrying.ts'
import { unlessAborted } from '../time/sleep.ts'
import type { AdminParts } from './admin-call.ts'
import { ANY_BROKER, askEach, askNodes, type Places } from './ask-each.ts'
import type { Outcome } from './outcome.ts'

/** Asks each broker for what it alone knows. @param brokerIds all by default */
export async function askBrokers<T>(
  parts: AdminParts,
  brokerIds: readonly number[] | undefined,
  options: CallOptions,
  ask: (nodeId: number) => Promise<T>,
): Promise<Outcome<T>> {
  if (brokerIds === undefined) await refreshNodes(parts, options)
  const all = brokerIds ?? [...parts.cluster.metadata.nodes.keys()]
  return askEach(
    parts,
    all,
    async (left) =>
      askNodes(parts, await namedBrokers(parts, left, itself), async (nodeId) => {
        return new Map([[nodeId, await ask(nodeId)]])
      }),
    { ...options, about: (nodeId) => ({ subject: `broker ${nodeId}` }) },
  )
}

/** Asks which brokers there are, as often as that may help. @throws {KafkaError} */
export async function refreshNodes(
  { cluster, options, random }: AdminParts,
  { signal }: CallOptions,
): Promise<void> {
  const { clock, timeoutMs } = options
  const deadlineMs = clock.monotonicMs() + timeoutMs
  const refresh = async (): Promise<void> => unlessAborted(cluster.metadata.refresh(), signal)
  await retrying(refresh, { clock, random, deadlineMs, signal })
}

/**
 * The brokers that somebody named: of one that is not there it is told at once.
 * @param idOf undefined where any will do
 */
export async function namedBrokers<Item>(
  { cluster }: AdminParts,
  items: readonly Item[],
  idOf: (item: Item) => number | undefined,
): Promise<Places<Item>> {
  const { metadata } = cluster
  const isUnknown = (id: number | undefined): boolean => id !== undefined && !metadata.nodes.has(id)
  if (items.some((item) => isUnknown(idOf(item)))) await metadata.refresh()
  return new Map(
    items.map((item) => {
      const id = idOf(item) ?? ANY_BROKER
      return [item, id === ANY_BROKER || metadata.nodes.has(id) ? id : noBroker(id)]
    }),
  )
}

function noBroker(id: number): KafkaError {
  const text = `The cluster has no broker ${id}, or none that serves.`
  const context = { subject: `broker ${id}` }
  return new KafkaError('UNKNOWN_BROKER', text, { kind: 'usage', context })
}

function itself(nodeId: number): number {
  return nodeId
}
