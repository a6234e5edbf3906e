import type { LiveGroup } from '../consumer-groups/live-group.ts'
import type { LiveShareGroup } from '../share-groups/live-share-group.ts'
import type { LiveStreamsGroup } from '../streams-groups/live-streams-group.ts'
import type { ClassicGroup } from './classic-group.ts'

/** A group in which members assign, one in which the broker does, or one that shares records. */
export type AnyGroup = ClassicGroup | LiveGroup | LiveShareGroup | LiveStreamsGroup
