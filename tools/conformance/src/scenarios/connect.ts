import { readFileSync, writeFileSync } from 'node:fs'

import { runDriver } from '../driver.ts'
import type { InstalledClient } from '../installed-client.ts'
import type { Arena } from './arena.ts'
import type { Scenario } from './scenario.ts'

/** Kafka Connect copies a file to a topic and that to a file, line by line. */
export const connect: Scenario = {
  async run(arena, installed) {
    await copies(arena, installed, 'standalone')
    const printed = await copies(arena, installed, 'distributed')
    const { states } = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as {
      readonly states: readonly string[]
    }
    // a source and two sinks, each with one task
    if (states.join() === Array(3).fill('RUNNING RUNNING').join()) return
    throw new Error(`connectors are ${states.join(', ')}`)
  },
}

async function copies(
  arena: Arena,
  installed: InstalledClient,
  verb: 'standalone' | 'distributed',
): Promise<string> {
  const topic = await arena.createTopic(installed.client, verb, 1)
  const [input, output] = [arena.file(), arena.file()]
  const text = Array.from({ length: arena.flights }, (_, at) => `${verb} ${at}\n`).join('')
  writeFileSync(input, text)
  const options = { bootstrap: arena.bootstrap, topic, input, output, count: arena.flights }
  const printed = await runDriver(installed, verb, options)
  if (readFileSync(output, 'utf8') === text) return printed
  throw new Error(`${verb}: the lines that were written are not those that were read`)
}
