import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { MIB } from '@pafka/base'

import { ownMain } from './broker/crash-broker.ts'
import type { CampaignOptions } from './campaign.ts'

const SMOKE_ROUNDS = 20

/** What the command line asks for. @throws on an option that there is not. */
export function parseOptions(args: readonly string[]): Omit<CampaignOptions, 'say'> {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== '--'), // pnpm hands its own on
    options: {
      rounds: { type: 'string', default: String(SMOKE_ROUNDS) },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      data: { type: 'string', default: join(tmpdir(), `pafka-crash-${process.pid}`) },
      main: { type: 'string' },
      built: { type: 'boolean', default: false },
      override: { type: 'string', multiple: true, default: [] },
      'broker-arg': { type: 'string', multiple: true, default: [] },
      'topic-config': { type: 'string', multiple: true, default: [] },
      'round-mib': { type: 'string', default: '48' },
      'no-churn': { type: 'boolean', default: false },
    },
  })
  return {
    rounds: Number(values.rounds),
    seed: Number(values.seed),
    churns: !values['no-churn'],
    roundBytes: Number(values['round-mib']) * MIB,
    topicConfigs: Object.fromEntries(values['topic-config'].map(pairOf)),
    broker: {
      main: values.main ?? ownMain(values.built),
      dataDir: values.data,
      overrides: values.override,
      args: values['broker-arg'],
    },
  }
}

function pairOf(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 0) throw new Error(`${text} is not key=value`)
  return [text.slice(0, at), text.slice(at + 1)]
}
