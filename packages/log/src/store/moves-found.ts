/** A partition that was on its way to another log dir when the broker ended. */
export interface InterruptedMove {
  readonly topic: string
  readonly partition: number
  readonly topicId: string
  /** Of the log dir that it was to come to. */
  readonly path: string
}

/** What a start found of moves between log dirs. */
export class MovesFound {
  /** Folders of partitions that lie elsewhere: they are not opened. */
  readonly left: Set<string> = new Set()
  /** What was copied of them is gone: to be begun again. */
  readonly interrupted: InterruptedMove[] = []
}
