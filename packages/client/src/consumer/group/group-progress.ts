import type { MemberIdentity } from './group-member.ts'
import type { GroupOffset } from './group-offsets.ts'

/** How far a member of a group came, for a transaction that commits it. */
export interface GroupProgress {
  readonly groupId: string
  /** As its coordinator knows it now. */
  readonly member: MemberIdentity
  /** All before these offsets is processed, and the group knows it. */
  committed(offsets: readonly GroupOffset[]): void
}
