import type { LogParts } from '../partition/log-parts.ts'
import type { Removals } from '../store/removals.ts'

export function dirtyRatioOf(_parts: LogParts): number {
  return 0
}

export function isDirtyEnough(_parts: LogParts, _nowMs: number): boolean {
  return false
}

export async function cleanLog(_parts: LogParts, _removals: Removals): Promise<void> {}
