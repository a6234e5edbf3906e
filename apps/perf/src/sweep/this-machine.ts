import { availableParallelism, cpus, hostname, platform, release, totalmem } from 'node:os'

import { GIB } from '@pafka/base'

import { perfVersion } from '../perf-version.ts'
import type { Described } from '../report/sweep-result.ts'

/** The machine that the load comes from, and with what. */
export function thisMachine(): Described {
  const [first] = cpus()
  return {
    name: `${hostname()}, from which the load came`,
    facts: [
      ['processors', `${availableParallelism()}, ${first?.model.trim() ?? 'unknown'}`],
      ['memory', `${(totalmem() / GIB).toFixed(1)} GiB`],
      ['system', `${platform()} ${release()}`],
      ['pafka-perf', perfVersion()],
      ['Node.js', process.version],
    ],
  }
}
