import { silentLogger } from '@pafka/base'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { MemoryBudget } from './memory-budget.ts'
import { type GatedConnection, ProduceGate } from './produce-gate.ts'

const LIMIT_BYTES = 1000

class Rig {
  readonly clock = new ManualClock()
  readonly storage = { pressure: 0, looks: 0 }
  readonly budget = new MemoryBudget(LIMIT_BYTES)
  readonly events: string[] = []
  readonly gate: ProduceGate

  constructor() {
    const { storage } = this
    this.gate = new ProduceGate({
      storage: {
        get pressure() {
          storage.looks += 1
          return storage.pressure
        },
      },
      clock: this.clock,
      logger: {
        ...silentLogger,
        warn: (event) => this.events.push(event),
        info: (event) => this.events.push(event),
      },
      budget: this.budget,
      onClosed: () => this.events.push('closed'),
    })
  }

  connection(name: string, then: () => void = () => {}): GatedConnection {
    return {
      letThrough: () => {
        this.events.push(name)
        then()
      },
    }
  }
}

test('it closes at the bound, and opens only well below it', () => {
  const rig = new Rig()
  rig.storage.pressure = 0.99
  expect(rig.gate.isOpen).toBe(true)
  rig.storage.pressure = 1
  expect(rig.gate.isOpen).toBe(false)
  for (const pressure of [0.9, 0.8]) {
    rig.storage.pressure = pressure
    rig.clock.advance(100)
    expect(rig.gate.isOpen).toBe(false)
  }
  rig.storage.pressure = 0.79
  rig.clock.advance(5)
  expect(rig.gate.isOpen).toBe(true)
  expect(rig.gate.closings).toBe(1)
  expect(rig.events).toEqual(['closed'])
})

test('no timer looks at the pressure while it is open', () => {
  const rig = new Rig()
  expect(rig.gate.isOpen).toBe(true)
  rig.clock.advance(60_000)
  expect(rig.storage.looks).toBe(1)
})

test('who waits goes on in order, until the gate closes again; the rest keep their places', () => {
  const rig = new Rig()
  rig.storage.pressure = 1
  expect(rig.gate.isOpen).toBe(false)
  const sendsMuch = (): void => {
    rig.storage.pressure = 1.2
    expect(rig.gate.isOpen).toBe(false)
    rig.gate.hold(first, 10)
  }
  const first = rig.connection('first')
  const second = rig.connection('second', sendsMuch)
  const third = rig.connection('third')
  for (const one of [first, second, third]) rig.gate.hold(one, 10)
  rig.events.length = 0
  rig.storage.pressure = 0.1
  rig.clock.advance(5)
  expect(rig.events).toEqual(['first', 'second', 'closed'])
  expect(rig.gate.heldConnections).toBe(2)
  rig.events.length = 0
  rig.storage.pressure = 0.1
  rig.clock.advance(5)
  expect(rig.events).toEqual(['third', 'first'])
})

test('what waits is no use of the request memory, and has a bound of its own', () => {
  const rig = new Rig()
  rig.storage.pressure = 1
  expect(rig.gate.isOpen).toBe(false)
  const [one, other] = [rig.connection('one'), rig.connection('other')]
  rig.budget.take(900)
  expect(rig.gate.hold(one, 500)).toBe(true)
  expect(rig.gate.hold(one, 900)).toBe(true)
  rig.budget.take(101)
  expect(rig.budget.exhausted).toBe(false)
  expect(rig.gate.hold(other, 101)).toBe(false)
  expect(rig.gate.hold(other, 0)).toBe(true)
  rig.gate.forget(one)
  expect(rig.budget.exhausted).toBe(true)
  rig.gate.forget(one)
  expect(rig.gate.hold(other, 101)).toBe(true)
})

test('memory that is set aside lets those go on who wait for memory', () => {
  const rig = new Rig()
  let woken = 0
  rig.budget.take(LIMIT_BYTES)
  rig.budget.whenFree(() => (woken += 1))
  rig.storage.pressure = 1
  expect(rig.gate.isOpen).toBe(false)
  rig.gate.hold(rig.connection('one'), 1)
  expect(woken).toBe(1)
})

test('a long wait is told once, and its end', () => {
  const rig = new Rig()
  rig.storage.pressure = 2
  expect(rig.gate.isOpen).toBe(false)
  rig.clock.advance(10_000)
  rig.storage.pressure = 0
  rig.clock.advance(5)
  expect(rig.events).toEqual(['closed', 'producers-wait', 'producers-go-on'])
})

test('after the end nothing looks any more', () => {
  const rig = new Rig()
  rig.storage.pressure = 1
  expect(rig.gate.isOpen).toBe(false)
  rig.gate.close()
  rig.clock.advance(1000)
  expect(rig.storage.looks).toBe(1)
})
