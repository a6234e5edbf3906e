/** The numbers that a quota may be; all are above 0. */
export type QuotaNumber = 'long' | 'double' | 'int'

/** Of users and client ids, by Kafka's names. Source: Kafka `QuotaConfig.java`. */
export const CLIENT_QUOTA_KEYS: ReadonlyMap<string, QuotaNumber> = new Map([
  ['producer_byte_rate', 'long'],
  ['consumer_byte_rate', 'long'],
  ['request_percentage', 'double'],
  ['controller_mutation_rate', 'double'],
])

/** Of addresses. */
export const IP_QUOTA_KEYS: ReadonlyMap<string, QuotaNumber> = new Map([
  ['connection_creation_rate', 'int'],
])
