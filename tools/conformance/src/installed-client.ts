import type { Client } from './clients.ts'

/**
 * A client that is ready to run: `command` followed by a verb and options of the driver contract.
 */
export interface InstalledClient {
  readonly client: Client
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Why a client is not there; in CI a failure, elsewhere something to be told. */
export interface MissingClient {
  readonly client: Client
  readonly reason: string
}
