/** What a config belongs to, by its code. Source: Kafka `ConfigResource.Type`. */
export const ConfigResourceType = {
  TOPIC: 2,
  BROKER: 4,
  BROKER_LOGGER: 8,
  CLIENT_METRICS: 16,
  GROUP: 32,
} as const

export interface ConfigResource {
  readonly resourceType: number
  readonly resourceName: string
}

/** Resources named more than once, so that a request can be refused where it contradicts itself. */
export function repeatedResources(resources: readonly ConfigResource[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const resource of resources) {
    const key = resourceKey(resource)
    if (seen.has(key)) repeated.add(key)
    seen.add(key)
  }
  return repeated
}

export function resourceKey({ resourceType, resourceName }: ConfigResource): string {
  return `${resourceType}/${resourceName}`
}
