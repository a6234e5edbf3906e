import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Client, Source } from '../clients.ts'
import type { InstalledClient } from '../installed-client.ts'
import { cacheFolder, command, driversFolder, Stamp } from './toolbox.ts'

type JavaSource = Extract<Source, { kind: 'java' }>
type ConnectSource = Extract<Source, { kind: 'kafka-connect' }>
type StreamsSource = Extract<Source, { kind: 'streams' }>
type ToolsSource = Extract<Source, { kind: 'kafka-tools' }>

/** Small heaps and one compiler tier: these processes live for seconds, several at a time. */
const JVM = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto']

/** One source, compiled against each release of the client. */
export async function installJava(
  client: Client,
  source: JavaSource,
  mayInstall: boolean,
): Promise<InstalledClient> {
  const folder = join(cacheFolder(), client.name)
  const driver = join(driversFolder, 'java', 'Driver.java')
  const stamp = new Stamp(folder, [source.version, readFileSync(driver, 'utf8')])
  const libs = join(folder, 'libs', '*')
  const classes = join(folder, 'classes')
  stamp.expectCurrentUnless(mayInstall)
  if (!stamp.isCurrent) {
    await fetchJars(folder, [
      `org.apache.kafka:kafka-clients:${source.version}`,
      'org.slf4j:slf4j-nop:1.7.36',
    ])
    await command('javac', ['-nowarn', '-cp', libs, '-d', classes, driver])
    stamp.write()
  }
  return { client, command: ['java', ...JVM, '-cp', `${libs}:${classes}`, 'Driver'], env: {} }
}

/** Kafka Streams, with an application of ours; its driver is the Java client's for the rest. */
export async function installStreams(
  client: Client,
  source: StreamsSource,
  mayInstall: boolean,
): Promise<InstalledClient> {
  const folder = join(cacheFolder(), client.name)
  const drivers = [
    join(driversFolder, 'java', 'Driver.java'),
    join(driversFolder, 'streams', 'StreamsDriver.java'),
  ]
  const sources = drivers.map((driver) => readFileSync(driver, 'utf8'))
  const stamp = new Stamp(folder, [source.version, ...sources])
  const libs = join(folder, 'libs', '*')
  const classes = join(folder, 'classes')
  stamp.expectCurrentUnless(mayInstall)
  if (!stamp.isCurrent) {
    await fetchJars(folder, [
      `org.apache.kafka:kafka-streams:${source.version}`,
      'org.slf4j:slf4j-nop:1.7.36',
    ])
    await command('javac', ['-nowarn', '-cp', libs, '-d', classes, ...drivers])
    stamp.write()
  }
  const classpath = `${libs}:${classes}`
  return { client, command: ['java', ...JVM, '-cp', classpath, 'StreamsDriver'], env: {} }
}

/** Kafka's command line tools, called through a driver of ours. */
export async function installKafkaTools(
  client: Client,
  source: ToolsSource,
  mayInstall: boolean,
): Promise<InstalledClient> {
  const folder = join(cacheFolder(), client.name)
  const calls = join(driversFolder, source.driver, 'Calls.java')
  const stamp = new Stamp(folder, [source.version, readFileSync(calls, 'utf8')])
  const libs = join(folder, 'libs', '*')
  const classes = join(folder, 'classes')
  stamp.expectCurrentUnless(mayInstall)
  if (!stamp.isCurrent) {
    await fetchJars(folder, [
      `org.apache.kafka:kafka-tools:${source.version}`,
      `org.apache.kafka:kafka_2.13:${source.version}`,
      'org.slf4j:slf4j-nop:1.7.36',
    ])
    await command('javac', ['-nowarn', '-cp', libs, '-d', classes, calls])
    stamp.write()
  }
  return {
    client,
    command: [process.execPath, join(driversFolder, source.driver, 'driver.mjs')],
    env: { PAFKA_JAVA: JSON.stringify([...JVM, '-cp', `${libs}:${classes}`]) },
  }
}

/** Kafka Connect with its file connectors; a driver of ours starts its workers. */
export async function installKafkaConnect(
  client: Client,
  source: ConnectSource,
  mayInstall: boolean,
): Promise<InstalledClient> {
  const folder = join(cacheFolder(), client.name)
  const stamp = new Stamp(folder, source.version)
  stamp.expectCurrentUnless(mayInstall)
  if (!stamp.isCurrent) {
    await fetchJars(folder, [
      `org.apache.kafka:connect-runtime:${source.version}`,
      `org.apache.kafka:connect-file:${source.version}`,
      'org.slf4j:slf4j-nop:1.7.36',
    ])
    stamp.write()
  }
  return {
    client,
    command: [process.execPath, join(driversFolder, source.driver, 'driver.mjs')],
    env: { PAFKA_JAVA: JSON.stringify([...JVM, '-cp', join(folder, 'libs', '*')]) },
  }
}

/** Copies jars and what they depend on into `libs`. @param coordinates group:artifact:version */
export async function fetchJars(folder: string, coordinates: readonly string[]): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const dependencies = coordinates.map((each) => {
    const [group = '', artifact = '', version = ''] = each.split(':')
    const place = `<groupId>${group}</groupId><artifactId>${artifact}</artifactId>`
    return `<dependency>${place}<version>${version}</version></dependency>`
  })
  const pom = [
    '<project><modelVersion>4.0.0</modelVersion>',
    '<groupId>conformance</groupId><artifactId>client</artifactId><version>1</version>',
    `<packaging>pom</packaging><dependencies>${dependencies.join('')}</dependencies></project>`,
  ]
  writeFileSync(join(folder, 'pom.xml'), pom.join('\n'))
  await command('java', ['-version'])
  const output = `-DoutputDirectory=${join(folder, 'libs')}`
  await command('mvn', ['-q', '-B', 'dependency:copy-dependencies', output], { cwd: folder })
}
