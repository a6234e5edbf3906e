#!/usr/bin/env node
import { statfs } from 'node:fs/promises'

import { ConfigError, PafkaError, systemClock } from '@pafka/base'

import { banner } from './banner.ts'
import { Broker } from './broker.ts'
import { type CommandLine, parseCommandLine } from './config/command-line.ts'
import { loadConfig } from './config/load-config.ts'
import { printConfig } from './config/print-config.ts'
import { folderPlace } from './data-place.ts'
import { loggerFor } from './logging/logger-for.ts'
import { tryBroker } from './try/try-broker.ts'
import { ownVersion } from './version.ts'

const EXIT_MISUSED = 2

async function run(options: CommandLine): Promise<void> {
  const { file, overrides, jsonLog } = options
  const { config, warnings } = loadConfig({ file, env: process.env, overrides })
  if (options.printConfig) {
    process.stdout.write(printConfig(config))
    return
  }
  const logger = await loggerFor({ json: jsonLog })
  for (const warning of warnings) logger.warn('config', { warning })
  const broker = await Broker.open({
    config,
    place: folderPlace(config.logDirs),
    clock: systemClock,
    logger,
  })
  stopOnSignal(broker)
  process.stdout.write(`${await greet(broker)}\n`)
}

async function greet({ addresses, clusterId, config, services }: Broker): Promise<string> {
  const dirs = config.logDirs
  const space = await statfs(dirs[0] ?? '.').catch(() => undefined)
  return banner({
    version: ownVersion(),
    addresses,
    clusterId,
    dirs,
    freeBytes: space && space.bavail * space.bsize,
    flushMessages: config.logFlushIntervalMessages,
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

const options = parseCommandLine(process.argv.slice(2))
const work = options.try === undefined ? run(options) : tryBroker(options.try, process.stdout)
work.catch(fail)
