import { join } from 'node:path'

import type { Client } from '../clients.ts'
import type { InstalledClient, MissingClient } from '../installed-client.ts'
import { installDebian } from './debian.ts'
import { installGo } from './go-client.ts'
import {
  installJava,
  installKafkaConnect,
  installKafkaTools,
  installStreams,
} from './java-client.ts'
import { installNpm } from './npm-client.ts'
import { installPython } from './python-client.ts'
import { command, driversFolder, NotInstallable } from './toolbox.ts'

export interface Installation {
  readonly installed: readonly InstalledClient[]
  readonly missing: readonly MissingClient[]
}

export interface InstallOptions {
  /** Whether this one may be fetched and built; if not, it is used when it is there. */
  readonly mayInstall: (client: Client) => boolean
  /** Gets one line per client. */
  readonly tell: (line: string) => void
}

/**
 * Installs what is not there yet. The long native build goes on beside the others; those go one
 * after the other.
 */
export async function installClients(
  clients: readonly Client[],
  { mayInstall, tell }: InstallOptions,
): Promise<Installation> {
  const installed: InstalledClient[] = []
  const missing: MissingClient[] = []
  const one = async (client: Client): Promise<void> => {
    const begin = performance.now()
    try {
      installed.push(await install(client, mayInstall(client)))
      tell(`${client.name}: ready after ${Math.round(performance.now() - begin)} ms`)
    } catch (error) {
      if (!(error instanceof NotInstallable)) throw error
      missing.push({ client, reason: error.message })
      tell(`${client.name}: left out, ${error.message}`)
    }
  }
  // in one go, for apt-get takes a lock
  await installDebian(clients.filter(mayInstall).flatMap(debianPackages)).catch(
    (error: unknown) => {
      if (!(error instanceof NotInstallable)) throw error // each client says what it lacks
    },
  )
  const long = clients.filter(isNative).map(one)
  for (const client of clients) if (!isNative(client)) await one(client)
  await Promise.all(long)
  const order = (a: { client: Client }, b: { client: Client }): number =>
    clients.indexOf(a.client) - clients.indexOf(b.client)
  return { installed: installed.toSorted(order), missing: missing.toSorted(order) }
}

const isNative = ({ source }: Client): boolean =>
  source.kind === 'npm' && source.native !== undefined

function debianPackages({ source }: Client): readonly string[] {
  if (source.kind === 'debian') return [source.package]
  return source.kind === 'npm' ? (source.native?.debian ?? []) : []
}

async function install(client: Client, mayInstall: boolean): Promise<InstalledClient> {
  const { source } = client
  switch (source.kind) {
    case 'npm':
      if (mayInstall && source.native) await installDebian(source.native.debian)
      return installNpm(client, source, mayInstall)
    case 'debian':
      if (mayInstall) await installDebian([source.package])
      await command(source.package, ['-V'])
      return {
        client,
        command: [process.execPath, join(driversFolder, source.driver, 'driver.mjs')],
        env: {},
      }
    case 'python':
      return installPython(client, source, mayInstall)
    case 'go':
      return installGo(client, source, mayInstall)
    case 'java':
      return installJava(client, source, mayInstall)
    case 'kafka-tools':
      return installKafkaTools(client, source, mayInstall)
    case 'kafka-connect':
      return installKafkaConnect(client, source, mayInstall)
    case 'streams':
      return installStreams(client, source, mayInstall)
    default:
      return source satisfies never
  }
}
