import type { InstalledClient } from '../installed-client.ts'
import type { Arena } from './arena.ts'

/** One client in one situation. Done without a throw is passed. */
export interface Scenario {
  /** @throws saying what differs, with what was sent and what came. */
  run(arena: Arena, installed: InstalledClient, others: readonly InstalledClient[]): Promise<void>
}
