import * as threads from 'node:worker_threads'

/** Posting it to another thread is a DataCloneError. Imported by name, older Nodes fail to load. */
export function markAsUncloneable(object: object): void {
  threads.markAsUncloneable(object)
}
