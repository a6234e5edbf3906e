import type { GroupChange, MemberChange, TargetEpoch } from './consumer-group-record.ts'
import type { RecordedGroup } from './group-writes.ts'

/** What is recorded of every group in which the broker assigns. */
export type AssignedChange<Basis, Target> =
  | GroupChange<'group', Basis>
  | GroupChange<'target-epoch', TargetEpoch>
  | MemberChange<'target', Target>

/** How a group is of which nothing is recorded. */
export interface Unrecorded<Basis, Target> {
  readonly basis: Basis
  readonly targetEpoch: TargetEpoch
  readonly target: Target
}

/**
 * What groups have in common in which the broker assigns: an epoch, and a target for each member.
 * A group is the sum of its records: `emit` is the only way to change it, and the log gets what was
 * emitted.
 */
export abstract class AssignedGroup<
  Change,
  Basis extends { readonly epoch: number },
  Target,
> implements RecordedGroup<Change> {
  readonly groupId: string
  readonly #none: Unrecorded<Basis, Target>
  #basis: Basis
  #targetEpoch: TargetEpoch
  readonly #targets = new Map<string, Target>()
  #emitted: Change[] = []

  constructor(groupId: string, none: Unrecorded<Basis, Target>) {
    this.groupId = groupId
    this.#none = none
    this.#basis = none.basis
    this.#targetEpoch = none.targetEpoch
  }

  /** Rises whenever the members, or what they are assigned by, change. */
  get epoch(): number {
    return this.#basis.epoch
  }

  /** The epoch, with what it is of. */
  get basis(): Basis {
    return this.#basis
  }

  /** The epoch that the target assignment was made for. */
  get assignmentEpoch(): number {
    return this.#targetEpoch.epoch
  }

  /** 0 before there was any. */
  get assignedAtMs(): number {
    return this.#targetEpoch.timestampMs
  }

  get targetEpoch(): TargetEpoch {
    return this.#targetEpoch
  }

  get targets(): ReadonlyMap<string, Target> {
    return this.#targets
  }

  target(memberId: string): Target {
    return this.#targets.get(memberId) ?? this.#none.target
  }

  /** Changes the group, and keeps the record for the log. */
  emit(record: Change): void {
    this.apply(record)
    this.#emitted.push(record)
  }

  takeEmitted(): readonly Change[] {
    const emitted = this.#emitted
    this.#emitted = []
    return emitted
  }

  /** Changes the group by a record that the log has already. */
  abstract apply(record: Change): void
  abstract current(record: Change): Change
  abstract tombstones(): Change[]

  protected applyAssigned(record: AssignedChange<Basis, Target>): void {
    switch (record.kind) {
      case 'group': {
        this.#basis = record.value ?? this.#none.basis
        break
      }
      case 'target-epoch': {
        this.#targetEpoch = record.value ?? this.#none.targetEpoch
        break
      }
      default: {
        if (record.value === null) this.#targets.delete(record.memberId)
        else this.#targets.set(record.memberId, record.value)
      }
    }
  }
}

/** A member that was taken out says by these records that nothing is left of it. */
export function removalOf(
  memberId: string,
): (
  | MemberChange<'current', never>
  | MemberChange<'target', never>
  | MemberChange<'member', never>
)[] {
  return [
    { kind: 'current', memberId, value: null },
    { kind: 'target', memberId, value: null },
    { kind: 'member', memberId, value: null },
  ]
}
