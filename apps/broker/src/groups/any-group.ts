import type { LiveGroup } from '../consumer-groups/live-group.ts'
import type { LiveStreamsGroup } from '../streams-groups/live-streams-group.ts'
import type { ClassicGroup } from './classic-group.ts'

/** A group in which members assign, or one in which the broker does. */
export type AnyGroup = ClassicGroup | LiveGroup | LiveStreamsGroup
