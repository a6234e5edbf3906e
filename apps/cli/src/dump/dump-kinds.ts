import { dumpCatalog } from './dump-catalog.ts'
import type { DumpFile } from './dump-file.ts'
import { dumpOffsetIndex, dumpTimeIndex, dumpTransactionIndex } from './dump-index.ts'
import type { DumpItems, DumpOptions } from './dump-item.ts'
import { dumpJournalCheckpoint } from './dump-journal.ts'
import { dumpRing } from './dump-ring.ts'
import { dumpSegment } from './dump-segment.ts'
import { dumpSnapshot } from './dump-snapshot.ts'
import {
  dumpCleanShutdown,
  dumpJournalDirs,
  dumpJournalId,
  dumpLeaderEpochs,
  dumpOffsetCheckpoint,
  dumpProperties,
} from './dump-text.ts'
import type { FileKind } from './file-kind.ts'

/** What reads each kind of file. May throw for one that cannot be read on. */
export const dumpers: Readonly<
  Record<FileKind, (file: DumpFile, options: DumpOptions) => DumpItems>
> = {
  segment: dumpSegment,
  'offset-index': dumpOffsetIndex,
  'time-index': dumpTimeIndex,
  'transaction-index': dumpTransactionIndex,
  'producer-snapshot': dumpSnapshot,
  'offset-checkpoint': dumpOffsetCheckpoint,
  'leader-epoch-checkpoint': dumpLeaderEpochs,
  properties: dumpProperties,
  'clean-shutdown': dumpCleanShutdown,
  'journal-ring': dumpRing,
  'journal-checkpoint': dumpJournalCheckpoint,
  'journal-dirs': dumpJournalDirs,
  'journal-id': dumpJournalId,
  catalog: dumpCatalog,
}
