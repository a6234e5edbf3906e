import { existsSync } from 'node:fs'
import { join } from 'node:path'

import type { Client } from '../clients.ts'
import type { InstalledClient, MissingClient } from '../installed-client.ts'
import { installDebian } from './debian.ts'
import { installGo } from './go-client.ts'
import { installJava, installKafkaTools } from './java-client.ts'
import { installNpm } from './npm-client.ts'
import { installPython } from './python-client.ts'
import { cacheFolder, command, driversFolder, NotInstallable } from './toolbox.ts'

export interface Installation {
  readonly installed: readonly InstalledClient[]
  readonly missing: readonly MissingClient[]
}

/**
 * Installs what is not there yet. The long native build goes on beside the others; those go one after the other.
 * @param tell gets one line per client.
 */
export async function installClients(
  clients: readonly Client[],
  tell: (line: string) => void,
): Promise<Installation> {
  const installed: InstalledClient[] = []
  const missing: MissingClient[] = []
  const one = async (client: Client): Promise<void> => {
    const begin = performance.now()
    try {
      installed.push(await install(client))
      tell(`${client.name}: ready after ${Math.round(performance.now() - begin)} ms`)
    } catch (error) {
      if (!(error instanceof NotInstallable)) throw error
      missing.push({ client, reason: error.message })
      tell(`${client.name}: left out, ${error.message}`)
    }
  }
  await bringDebianPackages(clients).catch((error: unknown) => {
    if (!(error instanceof NotInstallable)) throw error // each client says what it lacks
  })
  const long = clients.filter(isNative).map(one)
  for (const client of clients) if (!isNative(client)) await one(client)
  await Promise.all(long)
  const order = (a: { client: Client }, b: { client: Client }): number =>
    clients.indexOf(a.client) - clients.indexOf(b.client)
  return { installed: installed.toSorted(order), missing: missing.toSorted(order) }
}

const isNative = ({ source }: Client): boolean =>
  source.kind === 'npm' && source.native !== undefined

/** apt-get takes a lock, so all packages come in one go. */
async function bringDebianPackages(clients: readonly Client[]): Promise<void> {
  await installDebian(clients.flatMap(debianPackages))
}

function debianPackages({ source }: Client): readonly string[] {
  if (source.kind === 'debian') return [source.package]
  return source.kind === 'npm' ? (source.native?.debian ?? []) : []
}

async function install(client: Client): Promise<InstalledClient> {
  const { source } = client
  switch (source.kind) {
    case 'npm':
      await ifMissing(client, () => installDebian(source.native?.debian ?? []))
      return installNpm(client, source)
    case 'debian':
      await command(source.package, ['-V']).catch(() => installDebian([source.package]))
      return {
        client,
        command: [process.execPath, join(driversFolder, source.driver, 'driver.mjs')],
        env: {},
      }
    case 'python':
      return installPython(client, source)
    case 'go':
      return installGo(client, source)
    case 'java':
      return installJava(client, source)
    case 'kafka-tools':
      return installKafkaTools(client, source)
  }
}

async function ifMissing(client: Client, bring: () => Promise<void>): Promise<void> {
  if (!existsSync(join(cacheFolder(), client.name, 'installed.json'))) await bring()
}
