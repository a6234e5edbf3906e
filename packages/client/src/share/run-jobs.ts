import type { RunParts } from '../consumer/run-parts.ts'
import { Checks } from '../options/checks.ts'
import { Bell } from '../time/bell.ts'
import { tracedHandler } from '../watch/traced-handler.ts'
import type { ShareJob } from './share-job.ts'
import type { FailedJob, ShareRunOptions } from './share-options.ts'

const FAILED_JOB: readonly FailedJob[] = ['release', 'reject', 'throw']

/**
 * Hands jobs to a handler, as many at a time as it may have, in any order.
 * @param take the next job; undefined when there is none any more
 * @throws what `take` throws, or a handler whose failures end the run, when all others have ended
 */
export async function runJobs<K, V>(
  take: () => Promise<ShareJob<K, V> | undefined>,
  handler: (job: ShareJob<K, V>) => unknown,
  { concurrency = 1, onThrow = 'release' }: ShareRunOptions<K, V>,
  parts: RunParts,
): Promise<void> {
  const checks = new Checks()
  checks.handler(handler)
  checks.number('concurrency', concurrency, 1)
  if (typeof onThrow !== 'function') checks.oneOf('onThrow', onThrow, FAILED_JOB)
  checks.done()
  const traced = tracedHandler(handler, parts)
  const oneEnded = new Bell()
  let underWay = 0
  let failure: { readonly cause: unknown } | undefined
  const handle = async (job: ShareJob<K, V>): Promise<void> => {
    try {
      await traced(job)
      if (parts.isAuto) job.accept()
    } catch (cause) {
      const how = typeof onThrow === 'function' ? decided(onThrow, cause, job) : onThrow
      if (how === 'reject') job.reject()
      else job.release()
      if (how === 'throw') failure ??= { cause }
    } finally {
      underWay -= 1
      oneEnded.ring()
    }
  }
  try {
    while (failure === undefined) {
      // oxlint-disable-next-line no-await-in-loop -- the next is taken where there is room for it
      const job = await take()
      if (job === undefined) break
      underWay += 1
      void handle(job)
      // oxlint-disable-next-line no-await-in-loop -- until one has ended
      while (underWay >= concurrency) await oneEnded.heard()
    }
  } finally {
    // oxlint-disable-next-line no-await-in-loop -- until the last one has ended
    while (underWay > 0) await oneEnded.heard()
  }
  if (failure !== undefined) throw failure.cause
}

function decided<K, V>(
  decide: Exclude<NonNullable<ShareRunOptions<K, V>['onThrow']>, string>,
  cause: unknown,
  job: ShareJob<K, V>,
): 'release' | 'reject' | 'throw' {
  try {
    return decide(cause, job)
  } catch {
    return 'throw'
  }
}
