import { dirname, join } from 'node:path'

import { readCatalogFrame } from '@pafka/log'

import { DumpFile } from './dump-file.ts'

/** By topic id in Kafka's form. */
export type TopicNames = ReadonlyMap<string, string>

/**
 * What the catalog above a journal's folder says, as far as it can be read: names are there for
 * people, and a journal may lie elsewhere.
 */
export async function topicNames(journalFolder: string): Promise<TopicNames> {
  const names = new Map<string, string>()
  try {
    const file = await DumpFile.open(join(dirname(journalFolder), 'catalog.log'))
    try {
      gather(await file.all(), names)
    } finally {
      await file.close()
    }
  } catch {
    // said where the catalog itself is dumped
  }
  return names
}

function gather(catalog: Buffer, names: Map<string, string>): void {
  let frame = readCatalogFrame(catalog, 0)
  while (frame !== undefined) {
    for (const record of frame.records) {
      if (record.kind === 'topic-created') names.set(record.id, record.name)
    }
    frame = readCatalogFrame(catalog, frame.endBytes)
  }
}
