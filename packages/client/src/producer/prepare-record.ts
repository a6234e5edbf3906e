import type { WritableTopic } from '../topic.ts'

/** Asks the serdes of a record to be ready for it. @returns undefined where they are */
export function prepareRecord<K, V>(
  to: WritableTopic<K, V>,
  key: K | null,
  value: V | null,
): Promise<unknown> | undefined {
  const ofKey = key === null ? undefined : to.key.prepare?.(key)
  const ofValue = value === null ? undefined : to.value.prepare?.(value)
  if (ofKey === undefined) return ofValue
  return ofValue === undefined ? ofKey : Promise.all([ofKey, ofValue])
}
