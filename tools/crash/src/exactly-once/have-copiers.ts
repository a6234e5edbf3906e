import { clients, type Client, type InstalledClient, installClients } from '@pafka/conformance'

/** Implementations of the protocol that know nothing of each other. */
const COPIERS: readonly string[] = ['java-4.3.1', 'confluent-kafka', 'kafkajs']
const TOOLS = 'kafka-tools'

export interface Copiers {
  readonly clients: readonly InstalledClient[]
  readonly javaTools: readonly string[] | undefined
  /** Why some are not there. */
  readonly reasons: readonly string[]
}

/** Those that are asked for, or the usual ones, as far as this machine has or may have them. */
export async function haveCopiers(
  asked: readonly string[],
  mayInstall: (client: Client) => boolean,
): Promise<Copiers> {
  const names = asked.length > 0 ? asked : COPIERS
  const unknown = names.find((name) => !clients.some((client) => client.name === name))
  if (unknown !== undefined) throw new Error(`there is no client ${unknown}`)
  const needsTools = names.some((name) => name.startsWith('java'))
  const wanted = clients.filter(({ name }) => {
    return names.includes(name) || (needsTools && name === TOOLS)
  })
  const { installed, missing } = await installClients(wanted, { mayInstall, tell: () => {} })
  const tools = installed.find(({ client }) => client.name === TOOLS)
  const java = tools?.env['PAFKA_JAVA']
  return {
    clients: installed.filter((each) => each !== tools),
    javaTools: java === undefined ? undefined : (JSON.parse(java) as string[]),
    reasons: missing.map(({ client, reason }) => `${client.name}: ${reason}`),
  }
}
