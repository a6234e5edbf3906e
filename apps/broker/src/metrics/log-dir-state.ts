/** What producers meet at a log dir; the metric has the place in this list. */
export const LOG_DIR_STATES = ['taking', 'slowing', 'holding', 'refusing', 'offline'] as const

export type LogDirState = (typeof LOG_DIR_STATES)[number]

export interface LogDirCondition {
  readonly isOnline: boolean
  /** Its disk is full, or its tier takes no more. */
  readonly isRefusing: boolean
  /** Slows above 0.5, and holds from 1 on. */
  readonly pressure: number
}

const SLOWS_ABOVE = 0.5
const HOLDS_FROM = 1

export function logDirState({ isOnline, isRefusing, pressure }: LogDirCondition): LogDirState {
  if (!isOnline) return 'offline'
  if (isRefusing) return 'refusing'
  if (pressure >= HOLDS_FROM) return 'holding'
  return pressure > SLOWS_ABOVE ? 'slowing' : 'taking'
}
