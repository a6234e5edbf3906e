import type { Assignor } from './assignor.ts'
import { assignRange } from './range-assignor.ts'
import { assignUniform } from './uniform-assignor.ts'

/** The assignors that there are, as members and configuration name them. */
export const ASSIGNOR_NAMES = ['uniform', 'range'] as const
export type AssignorName = (typeof ASSIGNOR_NAMES)[number]

export const assignors: Readonly<Record<AssignorName, Assignor>> = {
  uniform: assignUniform,
  range: assignRange,
}
