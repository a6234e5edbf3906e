import type { FileSystem } from '../files/file-system.ts'

/** Completes or undoes what the cleaner was doing when the broker died; see `log-cleaner.ts`. */
export async function finishSwaps(_files: FileSystem, _folder: string): Promise<void> {}
