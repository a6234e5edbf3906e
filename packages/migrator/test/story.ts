import { setImmediate as nextTurn } from 'node:timers/promises'

import { formatBytes, KIB, type Logger, MIB, SECOND_MS } from '@pafka/base'
import type { TierName, TierSegmentId } from '@pafka/log'
import { ManualClock } from '@pafka/testing'

import { Migrator, type PolicyOptions, policyOptions, RateBudget } from '../src/index.ts'
import type { DeviceCall } from './story-device.ts'
import { StoryWorld } from './story-world.ts'

type Command = (words: readonly string[]) => void | Promise<void>

const UNITS: Readonly<Record<string, number>> = { K: KIB, M: MIB, G: 1024 * MIB }
const TIMES: Readonly<Record<string, number>> = { s: SECOND_MS, m: 60 * SECOND_MS, h: 3_600_000 }
const STEP_MS = 100
const MOST_STEPS = 600

/** Runs a story: a command to a line, and below it, after `->`, what came of it. */
export class Story {
  readonly clock: ManualClock = new ManualClock(0)
  readonly world: StoryWorld = new StoryWorld(
    (effect) => this.#effects.push(effect),
    (segment) => this.migrator?.put(segment),
  )
  migrator: Migrator | undefined
  readonly #effects: string[] = []
  #policy: Partial<PolicyOptions> = {}
  #limit = -1
  #threads = 1
  #pieceBytes = MIB
  #life = 0
  #budget: RateBudget | undefined

  readonly #commands: Readonly<Record<string, Command>> = {
    path: ([id = '', tier = '', size = '']) => this.#addPath(id, tier as TierName, size),
    policy: ([key = '', value = '']) => void (this.#policy = { ...this.#policy, [key]: +value }),
    limit: ([rate = '']) => void (this.#limit = bytesOf(rate)),
    threads: ([threads = '']) => void (this.#threads = +threads),
    start: () => this.#start(),
    piece: ([bytes = '']) => void (this.#pieceBytes = bytesOf(bytes)),
    stop: () => this.#stop(),
    seal: ([name = '', size = '', , path = '']) => this.#seal(name, size, path),
    delete: ([name = '']) => this.migrator?.remove(this.world.delete(name)),
    heat: ([name = '', passes = '']) => this.#heat(name, +passes),
    wish: ([topic = '', kind = '', tier = '']) => this.#wish(topic, kind, tier as TierName),
    reader: ([, name = '']) => void (this.world.story(name).readers += 1),
    leave: ([name = '']) => this.#changed(() => this.world.leave(name)),
    fail: ([call = '', , path = '', how = '']) =>
      void this.world.path(path).faults.set(call as DeviceCall, how),
    heal: ([path = '']) => this.world.path(path).faults.clear(),
    hold: ([call = '', , path = '']) => {
      const { held } = this.world.path(path)
      if (!held.has(call as DeviceCall)) held.set(call as DeviceCall, [])
    },
    free: ([path = '']) => this.#free(path),
    offline: ([path = '']) => this.#changed(() => (this.world.path(path).isOnline = false)),
    online: ([path = '']) => this.#changed(() => (this.world.path(path).isOnline = true)),
    tick: ([time = '']) => this.tick(millisecondsOf(time)),
    commits: ([latency = '', bytes = '']) =>
      this.#budget?.observe({
        ...{ tickMs: SECOND_MS, latencyMs: Number.parseFloat(latency) },
        committedBytes: bytesOf(bytes),
      }),
    crash: () => this.#crash(),
    show: ([what = '']) => this.#show(what),
  }

  /** @returns the story with what happened, as it would have to be written */
  static async run(text: string): Promise<string> {
    const story = new Story()
    const lines = text.split('\n').filter((line) => !line.startsWith('  -> '))
    const told: string[] = []
    for (const line of lines) {
      told.push(line)
      if (line !== '' && !line.startsWith('#')) await story.do(line)
      told.push(...story.#effects.splice(0).map((effect) => `  -> ${effect}`))
    }
    await story.migrator?.stop()
    return told.join('\n')
  }

  async do(line: string): Promise<void> {
    const [name = '', ...words] = line.split(' ')
    const command = this.#commands[name]
    if (command === undefined) throw new Error(`no command ${name}`)
    await command(words)
    await settle()
    this.world.check()
  }

  tell(effect: string): void {
    this.#effects.push(effect)
  }

  async tick(ms: number): Promise<void> {
    const stepMs = Math.max(STEP_MS, ms / MOST_STEPS)
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.advance(Math.min(left, stepMs))
      await settle(2)
    }
  }

  #addPath(id: string, tier: TierName, size: string): void {
    const { tiers, storyPaths } = this.world
    if (!tiers.includes(tier)) tiers.push(tier)
    storyPaths.push({
      ...{ id, tier: tiers.indexOf(tier), capacityBytes: bytesOf(size), isOnline: true },
      ...{ faults: new Map(), held: new Map() },
    })
  }

  async #start(): Promise<void> {
    const { clock, world } = this
    this.#budget = new RateBudget({ clock, limitBytesPerSecond: this.#limit })
    this.migrator = new Migrator({
      ...{ world, clock, policy: policyOptions(this.#policy), pace: this.#budget },
      ...{ logger: this.#logger(), threads: this.#threads },
      pieceBytes: this.#pieceBytes,
    })
    await this.migrator.start()
  }

  async #stop(): Promise<void> {
    const stopping = this.migrator?.stop()
    await this.tick(11 * SECOND_MS)
    this.tell((await stopping) === true ? 'stopped' : 'gave up')
  }

  #logger(): Logger {
    const life = this.#life
    const tell: Logger['warn'] = (event, fields = {}) => {
      if (life !== this.#life) return
      const said = Object.entries(fields).filter(([, value]) => value !== undefined)
      this.tell(`${event}: ${said.map(([key, value]) => `${key} ${String(value)}`).join(', ')}`)
    }
    return { debug() {}, info: tell, warn: tell, error: tell }
  }

  #seal(name: string, size: string, pathId: string): void {
    const newestMs = this.clock.nowMs() + this.world.stories.size
    const segment = this.world.seal(idOf(name), { sizeBytes: bytesOf(size), pathId, newestMs })
    this.migrator?.put(segment)
  }

  #heat(name: string, passes: number): void {
    const story = this.world.story(name)
    story.segment = { ...story.segment, heatBytes: passes * story.segment.sizeBytes }
    this.migrator?.put(story.segment)
  }

  #wish(topic: string, kind: string, tier: TierName): void {
    this.world.wishes.set(topic, { [kind]: kind === 'exclude' ? [tier] : tier })
    this.migrator?.wishChanged(topic)
  }

  #changed(change: () => unknown): void {
    change()
    this.migrator?.pathsChanged()
  }

  #free(pathId: string): void {
    const { held } = this.world.path(pathId)
    const waiting = [...held.values()].flat()
    held.clear()
    for (const resolve of waiting) resolve()
  }

  async #crash(): Promise<void> {
    this.#life += 1
    void this.migrator?.stop()
    this.world.crash()
    await this.#start()
  }

  #show(what: string): void {
    if (what === 'use') {
      const used = this.world.storyPaths.map(({ id }) => {
        const retiring = this.world.retiringBytes(id)
        const old = retiring > 0 ? ` (${formatBytes(retiring)} old)` : ''
        return `${id} ${formatBytes(this.world.usedBytes(id))}${old}`
      })
      this.tell(used.join(', '))
    } else if (what === 'plans') {
      this.tell(`planned ${this.world.looks} times`)
      this.world.looks = 0
    } else if (what === 'figures') this.tell(JSON.stringify(this.migrator?.figures))
    else if (what === 'rate') this.tell(`${formatBytes(this.#budget?.bytesPerSecond ?? 0)}/s`)
    else throw new Error(`nothing to show of ${what}`)
  }
}

/** Lets all go on that can, without time passing. */
async function settle(turns = 20): Promise<void> {
  for (let left = turns; left > 0; left--) await nextTurn()
}

function idOf(name: string): TierSegmentId {
  const [, topic = '', partition = '', offset = ''] = /^(.+)-(\d+)@(\d+)$/.exec(name) ?? []
  if (topic === '') throw new Error(`${name} names no segment`)
  return { topic, partition: Number(partition), baseOffset: Number(offset) }
}

function bytesOf(text: string): number {
  return Number.parseFloat(text) * (UNITS[text.at(-1) ?? ''] ?? 1)
}

function millisecondsOf(text: string): number {
  return Number.parseFloat(text) * (TIMES[text.at(-1) ?? ''] ?? 1)
}
