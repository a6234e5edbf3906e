import type { RecordMetadata as Written } from '../../producer/record-promises.ts'
import type { RecordMetadata } from '../topic-types.ts'

const NOT_SAID = '-1'

/** What is told of the records of one call: of each partition where the first of them is. */
export function producedBy(written: readonly Written[]): RecordMetadata[] {
  const firsts = new Map<string, Written>()
  for (const one of written) {
    const place = `${one.partition} ${one.topic}`
    const first = firsts.get(place)
    if (first === undefined || one.offset < first.offset) firsts.set(place, one)
  }
  return [...firsts.values()].map(({ topic: topicName, partition, ...where }) => {
    const { offset, logAppendTime, logStartOffset } = where
    return {
      ...{ topicName, partition, errorCode: 0, baseOffset: String(offset) },
      logAppendTime: logAppendTime === undefined ? NOT_SAID : String(logAppendTime),
      logStartOffset: logStartOffset === undefined ? NOT_SAID : String(logStartOffset),
    }
  })
}
