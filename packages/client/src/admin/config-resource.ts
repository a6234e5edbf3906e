import type { Checks } from '../options/checks.ts'
import { Enumeration } from './enumeration.ts'

/** What has configs. */
export type ConfigResource =
  | { readonly topic: string }
  /** `all`: what every broker has that has nothing of its own. */
  | { readonly broker: number | 'all' }
  /** Levels of a broker's loggers. */
  | { readonly brokerLogger: number }
  | { readonly group: string }
  /** Which metrics brokers ask clients for (KIP-714). */
  | { readonly clientMetrics: string }

export type ConfigKind = 'topic' | 'broker' | 'brokerLogger' | 'group' | 'clientMetrics'

/** As the protocol has it. */
interface WireResource {
  readonly resourceType: number
  readonly resourceName: string
}

/** Source: Kafka `ConfigResource.Type`. */
export const CONFIG_KINDS: Enumeration<ConfigKind> = new Enumeration<ConfigKind>({
  ...{ topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 },
})

const ALL_BROKERS = 'all'

export function checkResource(resource: ConfigResource, checks: Checks): void {
  const [kind, name] = partsOf(resource)
  const isKnown = CONFIG_KINDS.names.includes(kind as ConfigKind)
  checks.check(isKnown, `${kind}: configs have ${CONFIG_KINDS.names.join(', ')}`)
  if (kind === 'brokerLogger' || (kind === 'broker' && name !== ALL_BROKERS)) {
    checks.number(kind, name)
  } else {
    checks.name(kind, name)
  }
}

/** `topic orders`, for people. */
export function resourceText(resource: ConfigResource): string {
  const [kind, name] = partsOf(resource)
  return `${kind} ${String(name)}`
}

/** The broker that alone knows about it. */
export function brokerOf(resource: ConfigResource): number | undefined {
  if ('brokerLogger' in resource) return resource.brokerLogger
  return 'broker' in resource && resource.broker !== 'all' ? resource.broker : undefined
}

export function toWire(resource: ConfigResource): WireResource {
  const [kind, name] = partsOf(resource)
  const isAll = kind === 'broker' && name === ALL_BROKERS
  return {
    resourceType: CONFIG_KINDS.number(kind as ConfigKind),
    resourceName: isAll ? '' : String(name),
  }
}

/** @returns undefined for a kind that is not known here */
export function fromWire({ resourceType, resourceName }: WireResource): ConfigResource | undefined {
  const kind = CONFIG_KINDS.name(resourceType)
  switch (kind) {
    case 'topic':
      return { topic: resourceName }
    case 'group':
      return { group: resourceName }
    case 'clientMetrics':
      return { clientMetrics: resourceName }
    case 'broker':
      return { broker: resourceName === '' ? ALL_BROKERS : Number(resourceName) }
    case 'brokerLogger':
      return { brokerLogger: Number(resourceName) }
    default:
      return undefined
  }
}

function partsOf(resource: ConfigResource): [kind: string, name: unknown] {
  const [[kind, name] = ['nothing', undefined]] = Object.entries(resource)
  return [kind, name]
}
