const MAX_NAME_LENGTH = 249 // with `-` and a partition's ten digits a file name of 255 or fewer
const LEGAL_NAME = /^[a-zA-Z0-9._-]+$/

const INTERNAL_TOPICS: ReadonlySet<string> = new Set([
  '__consumer_offsets',
  '__transaction_state',
  '__share_group_state',
])

/** Kafka's own metadata, in the folder of a broker that is its controller too. */
export const KRAFT_TOPIC = '__cluster_metadata'

/** Topics of the broker itself. Source: Kafka 4.3 `Topic.java`. */
export function isInternalTopic(name: string): boolean {
  return INTERNAL_TOPICS.has(name)
}

/** @returns why a topic cannot have the name, for people; undefined if it can. */
export function topicNameProblem(name: string): string | undefined {
  if (name === '') return 'A topic needs a name.'
  if (name === '.' || name === '..') return `A topic cannot be named "${name}".`
  if (name.length > MAX_NAME_LENGTH) {
    return `A topic name has at most ${MAX_NAME_LENGTH} characters, this one has ${name.length}.`
  }
  if (LEGAL_NAME.test(name)) return undefined
  return `A topic name has only letters, digits, ".", "_" and "-", unlike ${JSON.stringify(name)}.`
}

/** Names with the same key collide in metrics, where "." becomes "_": only one may exist. */
export function collisionKey(name: string): string {
  return name.replaceAll('.', '_')
}
