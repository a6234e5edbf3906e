import { expect, test } from 'vitest'

import { alterConfigs, ConfigOperation, newTopicConfigs } from './alter-configs.ts'
import { loadConfig } from './load-config.ts'
import { tierWishOf, tierWishProblem } from './tier-wishes.ts'
import { topicConfigProblems } from './topic-configs.ts'

const plain = loadConfig().config
const tiered = loadConfig({
  settings: {
    'log.channel.type': 'tiered',
    'storage.tiers.types': 'NVME,SSD,HDD',
    'storage.tiers.third.paths': '/third',
  },
}).config

const PIN = 'storage.tier.pin'
const EXCLUDE = 'storage.tier.exclude'
const PREFER = 'storage.tier.prefer'

function given(configs: Record<string, string>): ReadonlyMap<string, string> {
  return new Map(Object.entries(configs))
}

test.each<[Record<string, string>, string | undefined]>([
  [{}, undefined],
  [{ [PIN]: 'HDD' }, undefined],
  [{ [PIN]: 'HDD', [PREFER]: 'NVME', [EXCLUDE]: 'SSD' }, undefined],
  [{ [EXCLUDE]: 'NVME,HDD' }, undefined],
  [
    { [PIN]: 'PMEM' },
    `Invalid value PMEM for configuration ${PIN}: String must be one of: NVME, SSD, HDD`,
  ],
  [
    { [PREFER]: '' },
    `Invalid value  for configuration ${PREFER}: String must be one of: NVME, SSD, HDD`,
  ],
  [
    { [EXCLUDE]: 'HDD,hdd' },
    `Invalid value hdd for configuration ${EXCLUDE}: String must be one of: NVME, SSD, HDD`,
  ],
  [
    { [PIN]: 'HDD', [EXCLUDE]: 'SSD,HDD' },
    `conflict topic config setting ${PIN} (HDD) and ${EXCLUDE} (SSD,HDD)`,
  ],
  [
    { [PREFER]: 'SSD', [EXCLUDE]: 'SSD' },
    `conflict topic config setting ${PREFER} (SSD) and ${EXCLUDE} (SSD)`,
  ],
  [
    { [EXCLUDE]: 'HDD,SSD,NVME' },
    `Invalid value HDD,SSD,NVME for configuration ${EXCLUDE}: One tier must be left`,
  ],
  [{ [EXCLUDE]: '' }, undefined],
  [{ [EXCLUDE]: ',' }, `Invalid value , for configuration ${EXCLUDE}: It names no tier`],
  [{ [EXCLUDE]: ' , ' }, `Invalid value  ,  for configuration ${EXCLUDE}: It names no tier`],
])('%j of a topic', (configs, problem) => {
  expect(tierWishProblem(given(configs), tiered)).toBe(problem)
  expect(topicConfigProblems(given(configs), tiered)).toEqual(
    problem === undefined ? [] : [problem],
  )
})

test('without tiers any name may be one, but not be wanted and excluded at once', () => {
  const configs = given({ [PIN]: 'TAPE', [EXCLUDE]: 'NVME,SSD,HDD' })
  expect(tierWishProblem(configs, plain)).toBeUndefined()
  expect(tierWishOf(configs, plain)).toEqual({ exclude: [] })
  const torn = given({ [PIN]: 'TAPE', [EXCLUDE]: 'TAPE' })
  expect(tierWishProblem(torn, plain)).toContain('conflict topic config setting')
})

test('a wish names tiers that are there', () => {
  expect(tierWishOf(undefined, tiered)).toEqual({})
  expect(tierWishOf(given({ 'retention.ms': '5' }), tiered)).toEqual({})
  expect(tierWishOf(given({ [PIN]: 'SSD', [PREFER]: 'NVME' }), tiered)).toEqual({
    ...{ pin: 'SSD', prefer: 'NVME', exclude: [] },
  })
  expect(tierWishOf(given({ [PIN]: 'PMEM', [EXCLUDE]: 'HDD, PMEM' }), tiered)).toEqual({
    exclude: ['HDD'],
  })
})

test('a topic cannot be made with what cannot be', () => {
  const made = (value: string): unknown => newTopicConfigs([{ name: PIN, value }], tiered)
  expect(made('SSD')).toEqual({ next: given({ [PIN]: 'SSD' }) })
  expect(made('TAPE')).toMatchObject({
    message: expect.stringMatching(/: NVME, SSD, HDD$/) as unknown,
  })
})

test('a wish from before, for a tier that is gone, does not hinder other changes', () => {
  const current = given({ [PIN]: 'PMEM' })
  const scope = { kind: 'topic', config: tiered } as const
  const set = (name: string, value: string): unknown =>
    alterConfigs(current, [{ name, value, configOperation: ConfigOperation.SET }], scope)
  expect(set('retention.ms', '5')).toHaveProperty('next')
  expect(set(PREFER, 'HDD')).toHaveProperty('next')
  expect(set(PREFER, 'PMEM')).toMatchObject({ message: expect.stringContaining(PREFER) as unknown })
  const gone = { name: PIN, value: null, configOperation: ConfigOperation.DELETE }
  expect(alterConfigs(current, [gone], scope)).toEqual({ next: new Map() })
})

test('of several wishes from before each may go by itself, and what is set is looked at', () => {
  const current = given({ [PIN]: 'PMEM', [EXCLUDE]: 'TAPE,NVME', [PREFER]: 'TAPE' })
  const scope = { kind: 'topic', config: tiered } as const
  const { SET, DELETE, APPEND, SUBTRACT } = ConfigOperation
  const change = (name: string, configOperation: number, value: string | null = null): unknown =>
    alterConfigs(current, [{ name, value, configOperation }], scope)
  for (const name of [PIN, EXCLUDE, PREFER]) {
    const left = new Map(current)
    left.delete(name)
    expect(change(name, DELETE)).toEqual({ next: left })
  }
  const excluding = (text: string): unknown => ({ next: new Map(current).set(EXCLUDE, text) })
  expect(change(EXCLUDE, SUBTRACT, 'TAPE')).toEqual(excluding('NVME'))
  expect(change(EXCLUDE, APPEND, 'SSD')).toEqual(excluding('TAPE,NVME,SSD'))
  expect(change(EXCLUDE, SET, 'SSD')).toEqual(excluding('SSD'))
  expect(change(PIN, SET, 'SSD')).toHaveProperty('next')
  const why = (outcome: unknown, text: string): void =>
    expect(outcome).toMatchObject({ message: expect.stringContaining(text) as unknown })
  why(change(PIN, SET, 'NVME'), 'conflict topic config setting')
  why(change(PIN, SET, 'FLOPPY'), 'Invalid value FLOPPY')
  why(change(EXCLUDE, APPEND, 'FLOPPY'), 'Invalid value FLOPPY')
  why(change(EXCLUDE, APPEND, 'SSD,HDD'), 'One tier must be left')
})
