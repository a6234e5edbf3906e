import * as threads from 'node:worker_threads'

/** Makes posting it to another thread a DataCloneError. Asked for by name, older Nodes fail to load. */
export function markAsUncloneable(object: object): void {
  threads.markAsUncloneable(object)
}
