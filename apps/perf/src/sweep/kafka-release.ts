/**
 * The highest level of `metadata.version` that each release of Kafka knows.
 * Source: Kafka `MetadataVersion.java`, each IV with its level.
 */
const HIGHEST: readonly (readonly [level: number, release: string])[] = [
  [1, '3.0'],
  [2, '3.1'],
  [3, '3.2'],
  [7, '3.3'],
  [8, '3.4'],
  [11, '3.5'],
  [14, '3.6'],
  [19, '3.7'],
  [20, '3.8'],
  [21, '3.9'],
  [25, '4.0'],
  [27, '4.1'],
  [29, '4.2'],
  [30, '4.3'],
]
const NEXT = '4.4'

/**
 * What a broker is that does not say it.
 * @param highest level that it supports: a cluster may stay at one of an older release
 */
export function kafkaRelease(highest: number): string {
  const [, release = `${NEXT} or later`] = HIGHEST.find(([level]) => highest <= level) ?? []
  return `Apache Kafka ${release}`
}
