import { dirname, join } from 'node:path'

import { findCatalogFrame, readCatalogFrame } from '@pafka/log'

import { DumpFile } from './dump-file.ts'
import { journalFolderOf } from './journal-folder.ts'

/** By topic id in Kafka's form. */
export type TopicNames = ReadonlyMap<string, string>

/**
 * What the catalogs say that may be a journal's, as far as they can be read: one lies in the folder
 * above the journal's, or in a log dir that the journal has records for.
 * @param folder of the journal, or of rounds that were set aside in it
 */
export async function topicNames(folder: string): Promise<TopicNames> {
  const journal = journalFolderOf(folder)
  const names = new Map<string, string>()
  for (const place of new Set([dirname(journal), ...(await logDirsOf(journal))])) {
    const catalog = await contentsOf(join(place, 'catalog.log'))
    if (catalog !== undefined) gather(catalog, names)
  }
  return names
}

/** As the journal has noted them: `<directory id> <path>` a line behind version and count. */
async function logDirsOf(journal: string): Promise<string[]> {
  const lines = (await contentsOf(join(journal, 'dirs')))?.toString('utf8').split('\n') ?? []
  return lines.slice(2).flatMap((line) => /^\S+ (.+)$/.exec(line)?.[1] ?? [])
}

/** Undefined where it cannot be read: that is said where the file itself is dumped. */
async function contentsOf(path: string): Promise<Buffer | undefined> {
  try {
    const file = await DumpFile.open(path)
    try {
      return await file.all()
    } finally {
      await file.close()
    }
  } catch {
    return undefined
  }
}

function gather(catalog: Buffer, names: Map<string, string>): void {
  try {
    let at = findCatalogFrame(catalog, 0)
    while (at !== -1) {
      const frame = readCatalogFrame(catalog, at)
      for (const record of frame?.records ?? []) {
        if (record.kind === 'topic-created') names.set(record.id, record.name)
      }
      at = findCatalogFrame(catalog, frame?.endBytes ?? catalog.length)
    }
  } catch {
    // records that do not decode, which the dump of the catalog says
  }
}
