import type { HandlerParts } from '../watch/traced-handler.ts'

/** What a `run` needs of its consumer. */
export interface RunParts extends HandlerParts {
  /** What a handler ended with is acknowledged. */
  readonly isAuto: boolean
}
