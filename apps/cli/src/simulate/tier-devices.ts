import { bitsHint, parseBytes } from '@pafka/command'
import { isTierName, TIER_MEDIA } from '@pafka/log'

import type { TierDevice } from './scenario.ts'

const KEYS = ['capacity', 'write', 'read', 'price'] as const

/** A node with one NVMe and some disks: what most people have. Prices are of 2026, in USD. */
export const DEFAULT_TIERS: readonly string[] = [
  'NVME,capacity=1.6TB,write=2GB/s,read=2.5GB/s,price=0.10',
  'HDD,capacity=48TB,write=600MB/s,read=600MB/s,price=0.015',
]

/** `NVME,capacity=1.6TB,write=2GB/s,read=2.5GB/s,price=0.10` */
export function parseTier(text: string, problems: string[]): TierDevice | undefined {
  const [written = '', ...settings] = text.split(',')
  const name = written.replace(/^[a-z]+/, (medium) => medium.toUpperCase())
  const wrong = (what: string): void => void problems.push(`--tier ${text}: ${what}`)
  const before = problems.length
  if (!isTierName(name)) {
    wrong(`${written} is none of ${TIER_MEDIA.join(', ')}, nor one with a name, as SSD-big`)
  }
  const given = new Map<string, string>()
  for (const setting of settings) {
    const [key = '', value = ''] = setting.split('=')
    if (KEYS.some((known) => known === key)) given.set(key, value)
    else wrong(`${key} is none of ${KEYS.join(', ')}`)
  }
  const amount = (key: 'capacity' | 'write' | 'read'): number => {
    const said = given.get(key) ?? ''
    const value = parseBytes(said)
    if (value === undefined || value === 0) {
      wrong(`${key} is not an amount such as 2GB${bitsHint(said)}`)
    }
    return value ?? 0
  }
  const [capacityBytes, writeRate] = [amount('capacity'), amount('write')]
  const readRate = amount('read')
  const pricePerGb = Number(given.get('price') ?? 0)
  if (!(pricePerGb >= 0)) wrong('price is not a number from 0 on')
  if (!isTierName(name) || problems.length > before) return undefined
  return { name, capacityBytes, writeRate, readRate, pricePerGb }
}
