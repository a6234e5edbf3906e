import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { append, appendOfProducers, CODECS, createLog, dump, openStore } from './sample-folder.ts'

const rig = join(import.meta.dirname, '../../../../shared/rigs/kafka')
const run = promisify(execFile)
const TOOL = 'org.apache.kafka.tools.DumpLogSegments'

async function hasRig(): Promise<boolean> {
  if (!existsSync(rig)) return false
  return run('java', ['-version']).then(
    () => true,
    () => false,
  )
}

/** What both say, without how each names a file and nothing. */
function linesOf(text: string): string[] {
  return text
    .replaceAll('OptionalLong.empty', 'none')
    .split('\n')
    .filter((line) => line !== '' && !/^Dumping |^Non-consecutive|^ {2}-1 is followed/.test(line))
    .map((line) => line.replace(/payload: (0x|\P{ASCII}).*/u, 'payload: bytes'))
}

test.runIf(await hasRig())(
  "the lines are those of Kafka's tool",
  { timeout: 120_000 },
  async () => {
    await using folder = await temporaryFolder()
    const config = { segmentBytes: 2000, indexIntervalBytes: 300 }
    const store = await openStore(folder.path, { channel: 'file', config })
    const log = createLog(store, config)
    await append(log, 60, CODECS)
    await appendOfProducers(log)
    await store.close()
    const partition = join(folder.path, 'orders-0')
    const files = readdirSync(partition)
      .filter((name) => /\.(log|index|timeindex|snapshot)$/.test(name))
      .toSorted()
      .map((name) => join(partition, name))
    const args = ['tool', TOOL, '--files', files.join(','), '--print-data-log']
    const { stdout } = await run(rig, args, { maxBuffer: 64 * 1024 * 1024 })
    const kafkas = linesOf(stdout)
    expect(kafkas.length).toBeGreaterThan(150)
    expect(linesOf((await dump('--records', ...files)).text)).toEqual(kafkas)
  },
)
