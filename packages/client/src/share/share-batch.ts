import type { ShareJob } from './share-job.ts'

/** Jobs of one partition, in the order of their offsets, that were given together. */
export class ShareBatch<K, V> {
  readonly topic: string
  readonly partition: number
  readonly jobs: readonly ShareJob<K, V>[]

  /** @param jobs one at least */
  constructor(jobs: readonly ShareJob<K, V>[]) {
    const [first] = jobs
    if (first === undefined) throw new RangeError('a batch has jobs')
    this.topic = first.topic
    this.partition = first.partition
    this.jobs = jobs
  }

  /** All of which nothing was said yet are done. */
  accept(): void {
    for (const job of this.jobs) job.accept()
  }

  /** All of which nothing was said yet are to be given to anybody again. */
  release(): void {
    for (const job of this.jobs) job.release()
  }

  [Symbol.iterator](): Iterator<ShareJob<K, V>> {
    return this.jobs[Symbol.iterator]()
  }
}
