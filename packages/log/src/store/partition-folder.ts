import { randomUuid } from '@pafka/protocol'

export const DELETE_SUFFIX = '-delete'
const LONGEST_NAME = 255

export interface PartitionFolder {
  readonly topic: string
  readonly partition: number
}

/** `<topic>-<partition>`. A topic may itself hold hyphens. Source: Kafka `LocalLog.java`. */
export function partitionFolder(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** Undefined for a name that is not a partition's. */
export function parsePartitionFolder(name: string): PartitionFolder | undefined {
  const found = /^(.+)-(\d{1,10})$/.exec(name)
  if (found === null) return undefined
  return { topic: found[1] ?? '', partition: Number(found[2]) }
}

/** `<topic>-<partition>.<32 hex digits>-delete`: the name of a partition that is going. */
export function deletedFolder(topic: string, partition: number): string {
  const unique = Buffer.from(randomUuid(), 'base64url').toString('hex')
  const end = `-${partition}.${unique}${DELETE_SUFFIX}`
  return `${topic.slice(0, LONGEST_NAME - end.length)}${end}`
}

export function isDeletedFolder(name: string): boolean {
  return /^.+-\d+\.[0-9a-f]{32}-delete$/.test(name)
}
