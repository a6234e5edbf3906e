import type { Checks } from '../options/checks.ts'

/** A list is one of several values, as `cleanup.policy` has them. */
export type ConfigValue = string | number | boolean | readonly string[]

/** What is to become of each config; null takes back what was set, so that the default holds. */
export type ConfigChanges = Readonly<
  Record<
    string,
    | ConfigValue
    | null
    | { readonly append: string | readonly string[] }
    | { readonly subtract: string | readonly string[] }
  >
>

interface WireChange {
  readonly name: string
  readonly configOperation: number
  readonly value: string | null
}

/** Source: Kafka `AlterConfigOp.OpType`. */
const Operation = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const

export function changesToWire(changes: ConfigChanges): WireChange[] {
  return Object.entries(changes).map(([name, change]) => {
    if (change === null) return { name, configOperation: Operation.DELETE, value: null }
    if (typeof change === 'object' && 'append' in change) {
      return { name, configOperation: Operation.APPEND, value: configText(change.append) }
    }
    if (typeof change === 'object' && 'subtract' in change) {
      return { name, configOperation: Operation.SUBTRACT, value: configText(change.subtract) }
    }
    return { name, configOperation: Operation.SET, value: configText(change) }
  })
}

export function configText(value: ConfigValue): string {
  return typeof value === 'object' ? value.join(',') : String(value)
}

export function checkChanges(changes: ConfigChanges, checks: Checks): void {
  const all: [string, unknown][] = Object.entries(changes)
  checks.check(all.length > 0, 'changes: there are none')
  for (const [name, change] of all) {
    checks.name('config', name)
    checks.check(change === null || isValue(operandOf(change)), `${name}: that is no value`)
  }
}

function operandOf(change: unknown): unknown {
  if (typeof change !== 'object' || change === null) return change
  if ('append' in change) return change.append
  return 'subtract' in change ? change.subtract : change
}

function isValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string')
  return ['string', 'number', 'boolean'].includes(typeof value)
}
