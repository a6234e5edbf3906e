import { ConfigError } from '@pafka/base'

import type { HandlerParts } from '../watch/traced-handler.ts'

/** What a `run` needs of its consumer. */
export interface RunParts extends HandlerParts {
  /** What a handler ended with is acknowledged. */
  readonly isAuto: boolean
}

/** @throws {ConfigError} */
export function checkConcurrency(concurrency: number): void {
  if (Number.isInteger(concurrency) && concurrency >= 1) return
  throw new ConfigError([`concurrency: ${concurrency} is no number of handlers`])
}
