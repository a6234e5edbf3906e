import { statfs } from 'node:fs/promises'

import { ConfigError, PafkaError, systemClock } from '@pafka/base'

import { NEVER } from '@pafka/log'

import { banner } from './banner.ts'
import { brokerVersion } from './broker-version.ts'
import { Broker } from './broker.ts'
import { parseCommandLine, type RunCommand } from './config/command-line.ts'
import { loadConfig } from './config/load-config.ts'
import { printConfig } from './config/print-config.ts'
import { folderPlace } from './data-place.ts'
import { createLogger } from './logging/create-logger.ts'
import { tryBroker } from './try/try-broker.ts'

const EXIT_MISUSED = 2

/**
 * Threads for files where there are tiers: each call to a disk that hangs holds one of libuv's
 * four, and producers need two. More are not for all: they took 7 % of the top rate of one disk.
 */
const THREADS_WITH_TIERS = '16'

const toStderr = (line: string): void => void process.stderr.write(line)

async function run(options: RunCommand): Promise<void> {
  const { file, overrides } = options
  const { config, warnings } = loadConfig({ file, env: process.env, overrides })
  if (options.printConfig) {
    process.stdout.write(printConfig(config, { onlySet: false }))
    return
  }
  // libuv looks at this when it needs its first thread
  if (config.tiers.length > 0) process.env['UV_THREADPOOL_SIZE'] ??= THREADS_WITH_TIERS
  const { jsonLog: json, logLevel: level } = options
  const logger = await createLogger({ json, level, clock: systemClock, write: toStderr })
  for (const warning of warnings) logger.warn('config', { warning })
  const place = folderPlace(config.logDirs)
  const broker = await Broker.open({ config, place, clock: systemClock, logger })
  stopOnSignal(broker)
  process.stdout.write(`${await greet(broker)}\n`)
}

async function greet({ addresses, clusterId, config, services }: Broker): Promise<string> {
  const dirs = config.logDirs
  const space = await statfs(dirs[0] ?? '.').catch(() => undefined)
  return banner({
    version: brokerVersion() ?? 'unknown',
    addresses,
    clusterId,
    dirs,
    freeBytes: space && space.bavail * space.bsize,
    flushMessages: config.logFlushIntervalMessages,
    flushMs: config.logFlushIntervalMs ?? NEVER,
    journal: services.logs.journal?.io,
    mappedDirs: services.logs.mappedDirs,
    foldersInMemory: services.logs.foldersInMemory,
    topics: services.topics.all().filter(({ internal }) => !internal).length,
    startMs: performance.now(),
    command: process.env['PAFKA_COMMAND'] ?? 'npx @pafka/broker',
  })
}

function stopOnSignal(broker: Broker): void {
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping && signal === 'SIGINT') process.exit(130) // the second Ctrl+C does not wait
      stopping = true
      broker.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          fail(error)
          process.exit()
        },
      )
    })
  }
}

/** One clear text and an exit code; a stack only for what is not the user's doing. */
function fail(error: unknown): void {
  process.exitCode = error instanceof ConfigError ? EXIT_MISUSED : 1
  if (error instanceof ConfigError) {
    process.stderr.write(`The configuration is wrong:\n  ${error.problems.join('\n  ')}\n`)
  } else if (error instanceof PafkaError) process.stderr.write(`${error.message}\n`)
  else process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
}

/** Does what the arguments of this process say. Never rejects. */
export async function runCommand(): Promise<void> {
  try {
    await obey()
  } catch (error) {
    fail(error)
  }
}

async function obey(): Promise<void> {
  const command = parseCommandLine(process.argv.slice(2), brokerVersion() ?? 'unknown')
  if (command.kind === 'run') return run(command)
  if (command.kind === 'try') return tryBroker(command.bootstrap, process.stdout)
  process.exitCode = command.exitCode
  const stream = command.exitCode === 0 ? process.stdout : process.stderr
  stream.write(command.text)
}
