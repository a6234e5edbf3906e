/** What groups need to know of a topic. */
export interface GroupTopic {
  readonly name: string
  readonly id: string
  readonly partitions: { readonly length: number }
}

/** The topics there are, as groups see them. */
export interface TopicsView {
  byName(name: string): GroupTopic | undefined
  byId(id: string): GroupTopic | undefined
  all(): readonly GroupTopic[]
}
