import { BALLAST_NAMES } from '../files/ballast.ts'

/** Names in the folder of a journal; `ring` and `checkpoint` also in one that was set aside. */
export const RING_NAME = 'ring'
export const CHECKPOINT_NAME = 'checkpoint'
/** How long the ring is, at least. */
export const RING_SIZE_NAME = 'ring-size'
/** The log dirs that it has something of: see the store's `journal-binding.ts`. */
export const DIRS_NAME = 'dirs'
/** In a log dir: the ring that has what its files lack. */
export const RING_OF_DIR_NAME = 'journal.id'
/** Of a folder in it with what was set aside, by number; and when not all of that could be read. */
export const STRANDED_NAME: RegExp = /^stranded-(\d+)(\.broken)?$/
/** All that is made there again and again under the same name. */
export const FILE_NAMES: readonly string[] = [
  CHECKPOINT_NAME,
  RING_NAME,
  RING_SIZE_NAME,
  DIRS_NAME,
  ...BALLAST_NAMES,
]
