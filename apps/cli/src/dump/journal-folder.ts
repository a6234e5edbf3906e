import { basename, dirname, resolve } from 'node:path'

import { STRANDED_NAME } from '@pafka/log'

/** Rounds for a log dir that failed are set aside as a journal in the journal's folder. */
export function isSetAside(folder: string): boolean {
  return STRANDED_NAME.test(basename(resolve(folder)))
}

/** The journal's own folder; of one that was set aside in it, that of which it is a part. */
export function journalFolderOf(folder: string): string {
  return isSetAside(folder) ? dirname(resolve(folder)) : resolve(folder)
}
