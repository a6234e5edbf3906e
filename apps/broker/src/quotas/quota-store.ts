import { SerialQueue } from '@pafka/base'
import type { ClientQuotasSet, LogStore } from '@pafka/log'

import type { CatalogLog } from '../metadata/catalog-log.ts'
import { writeChange } from '../metadata/write-change.ts'
import type { ClientQuotas } from './client-quotas.ts'
import { planAlterations, type QuotaAlteration, type QuotaRefusal } from './plan-alterations.ts'
import { type QuotaFilter, selectQuotas } from './select-quotas.ts'

export interface QuotaStoreOptions {
  readonly log: CatalogLog
  readonly logs: LogStore
  /** Told of all there are, and of each change once it is durable. */
  readonly quotas: ClientQuotas
}

/** The quotas that were set: durable before they are in force. Changes run one at a time. */
export class QuotaStore {
  readonly #options: QuotaStoreOptions
  readonly #changes = new SerialQueue()

  constructor(options: QuotaStoreOptions) {
    this.#options = options
    for (const set of options.log.state.clientQuotas.values()) options.quotas.set(set)
  }

  /** Entities that have quotas. */
  get size(): number {
    return this.#options.log.state.clientQuotas.size
  }

  select(filter: QuotaFilter): readonly ClientQuotasSet[] | QuotaRefusal {
    return selectQuotas(filter, this.#options.log.state.clientQuotas.values())
  }

  /** @returns for each entity, in order, why it is refused; undefined where it is done. */
  alter(
    alterations: readonly QuotaAlteration[],
    validateOnly: boolean,
  ): Promise<readonly (QuotaRefusal | undefined)[]> {
    return this.#changes.run(async () => {
      const { log, logs, quotas } = this.#options
      const { refusals, records } = planAlterations(alterations, log.state.clientQuotas)
      if (validateOnly) return refusals
      const failure = await writeChange(records, { log, logs, freeMore: undefined })
      if (failure !== undefined) {
        const { errorCode } = failure
        const errorMessage = failure.errorMessage ?? 'the change could not be written'
        return refusals.map((refusal) => refusal ?? { errorCode, errorMessage })
      }
      for (const record of records) quotas.set(record)
      return refusals
    })
  }

  /** Ends when every change asked for so far is done. */
  async close(): Promise<void> {
    await this.#changes.idle()
  }
}
