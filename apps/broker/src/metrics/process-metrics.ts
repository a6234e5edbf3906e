import { collectDefaultMetrics, Registry } from '@prometheus-io/client'

let registry: Registry | undefined

/**
 * CPU, memory, handles, garbage collection: of the process, so all its brokers share them. Some of
 * the library's collectors cannot be stopped again, which is why they start at the first call.
 */
export function processMetrics(): Registry {
  if (registry === undefined) {
    registry = new Registry()
    collectDefaultMetrics({ register: registry })
  }
  return registry
}
