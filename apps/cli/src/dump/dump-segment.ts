import { basename } from 'node:path'

import { parseSegmentName } from '@pafka/log'

import { type BatchStep, walkBatches } from './batch-walk.ts'
import { batchItem, recordItems } from './dump-batch.ts'
import type { DumpFile } from './dump-file.ts'
import { type DumpItems, type DumpOptions, note, problem } from './dump-item.ts'
import { isUnfinished } from './unfinished.ts'

/** The batches of a segment, and what is wrong with them. */
export async function* dumpSegment(file: DumpFile, options: DumpOptions): DumpItems {
  const baseOffset = parseSegmentName(basename(file.path))?.baseOffset
  let nextOffset = baseOffset ?? 0
  if (baseOffset !== undefined) {
    const text = (): string => `Log starting offset: ${baseOffset}`
    yield { type: 'segment', fields: { baseOffset }, text }
  }
  for await (const step of walkBatches(file)) {
    if (step.kind !== 'batch') {
      yield* endItems(file, step)
      continue
    }
    const { batch, positionBytes } = step
    yield batchItem(batch, positionBytes)
    if (!batch.valid) yield problem(positionBytes, 'the batch is damaged: its CRC is another')
    else if (batch.baseOffset < nextOffset || batch.lastOffset < batch.baseOffset) {
      const what = `offsets go back: ${batch.baseOffset} where at least ${nextOffset} comes`
      yield problem(positionBytes, what)
    }
    if (batch.valid) nextOffset = batch.nextOffset
    if (options.records && batch.valid) yield* recordItems(batch, positionBytes)
  }
}

async function* endItems(
  file: DumpFile,
  step: Exclude<BatchStep, { readonly kind: 'batch' }>,
): DumpItems {
  const position = step.positionBytes
  if (step.kind === 'padding') {
    yield { type: 'padding', fields: { position, bytes: file.sizeBytes - position } }
  } else if (step.kind === 'cut' && (await isUnfinished(file))) {
    yield note(position, `${step.what}; the rest is on its way, or in the journal`)
  } else if ('what' in step) yield problem(position, step.what)
}
