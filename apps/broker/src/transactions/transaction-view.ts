import { type TransactionMetadata, TransactionState } from './transaction-metadata.ts'

/** As Kafka calls the states. Source: Kafka `TransactionState.stateName`. */
const STATE_NAMES: ReadonlyMap<TransactionState, string> = new Map(
  Object.entries(TransactionState).map(([name, state]) => [state, name]),
)

const STATES: ReadonlySet<string> = new Set(STATE_NAMES.values())

export interface TransactionFilter {
  /** Names; all when empty. */
  readonly states: readonly string[]
  /** All when empty. */
  readonly producerIds: readonly number[]
  /** Only what runs for longer, ms; negative asks for all. */
  readonly longerThanMs: number
}

export interface ListedTransaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly transactionState: string
}

export function stateName({ state }: TransactionMetadata): string {
  return STATE_NAMES.get(state) ?? String(state)
}

export function unknownStates(states: readonly string[]): string[] {
  return states.filter((state) => !STATES.has(state))
}

/** Source: Kafka `TransactionStateManager.listTransactionStates`. */
export function isListed(
  metadata: TransactionMetadata,
  { states, producerIds, longerThanMs }: TransactionFilter,
  nowMs: number,
): boolean {
  if (states.length > 0 && !states.includes(stateName(metadata))) return false
  if (producerIds.length > 0 && !producerIds.includes(metadata.producerId)) return false
  return longerThanMs < 0 || nowMs - metadata.startMs > longerThanMs
}
