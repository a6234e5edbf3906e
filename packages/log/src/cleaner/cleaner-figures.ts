/** What the cleaner of a store did since it was opened, over all logs. */
export class CleanerFigures {
  /** Those that made the clean part of a log grow. */
  passes = 0
  /** Of passes that were given up, too, as the other sums. */
  durationMs = 0
  readBytes = 0
  writtenBytes = 0
  /** Records that are not in the segments that were written: markers included. */
  droppedRecords = 0
  /** Logs left alone until the next start: a pass failed on what they hold. */
  uncleanableLogs = 0
  /** Of any compacted log, 0 to 1, when the cleaner last looked. */
  maxDirtyRatio = 0
}
