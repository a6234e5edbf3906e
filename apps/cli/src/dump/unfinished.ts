import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { errnoOf } from '@pafka/base'
import { parseSegmentName } from '@pafka/log'

import type { DumpFile } from './dump-file.ts'

/**
 * Whether the end of a segment may rightly be missing from its file: a broker is at work or was
 * killed, and nothing says that all of the segment was synced. Files that do not lie in a data
 * folder tell less: there the newest segment of the folder may be unfinished.
 */
export async function isUnfinished(file: DumpFile): Promise<boolean> {
  const own = parseSegmentName(basename(file.path))
  if (own === undefined || own.suffix !== '') return false
  const folder = dirname(file.path)
  const logDir = dirname(folder)
  const endOffset = await nextBaseOffset(folder, own.baseOffset)
  if (!(await exists(join(logDir, 'meta.properties')))) return endOffset === undefined
  if (await exists(join(logDir, '.kafka_cleanshutdown'))) return false
  const syncedOffset = await recoveryPoint(logDir, basename(folder))
  if (endOffset === undefined || endOffset > syncedOffset) return true
  // synced since it was opened
  return file.hasGrown()
}

/** Of the segment that follows; undefined for the newest. */
async function nextBaseOffset(folder: string, baseOffset: number): Promise<number | undefined> {
  const names = await readdir(folder).catch((error: unknown): string[] => {
    if (errnoOf(error) === 'ENOENT') return [] // deleted meanwhile
    throw error
  })
  const offsets = names.flatMap((name) => {
    const other = parseSegmentName(name)
    const isNext = other?.kind === 'log' && other.suffix === '' && other.baseOffset > baseOffset
    return isNext ? [other.baseOffset] : []
  })
  return offsets.length === 0 ? undefined : Math.min(...offsets)
}

/** Everything of a partition below it was synced. */
async function recoveryPoint(logDir: string, partitionFolder: string): Promise<number> {
  const [, topic = '', partition = ''] = /^(.+)-(\d+)$/.exec(partitionFolder) ?? []
  const path = join(logDir, 'recovery-point-offset-checkpoint')
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return ''
    throw error
  })
  const key = `${topic} ${partition} `
  const line = text.split('\n').find((one) => one.startsWith(key))
  return Number(line?.slice(key.length) ?? 0)
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
