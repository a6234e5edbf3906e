import { join } from 'node:path'

import { fetchJars } from './java-client.ts'
import { cacheFolder, Stamp } from './toolbox.ts'

const VERSION = '4.3.1'

/** Apache Kafka's own broker. @returns the class path. @throws NotInstallable */
export async function installKafkaServer(mayInstall: boolean): Promise<string> {
  const folder = join(cacheFolder(), 'kafka-server')
  const stamp = new Stamp(folder, VERSION)
  stamp.expectCurrentUnless(mayInstall)
  if (!stamp.isCurrent) {
    await fetchJars(folder, [
      `org.apache.kafka:kafka_2.13:${VERSION}`,
      'org.slf4j:slf4j-simple:1.7.36',
    ])
    stamp.write()
  }
  return join(folder, 'libs', '*')
}
