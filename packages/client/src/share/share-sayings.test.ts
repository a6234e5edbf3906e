import { seededRandom } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { AcknowledgeType, sayingOfNobody } from './acknowledgements.ts'
import { sessionLost } from './share-errors.ts'
import { ShareSayings } from './share-sayings.ts'
import { placeKey } from './share-session-state.ts'

const place = { topicId: 'A', partition: 0 }
const key = placeKey(place)

function stage() {
  const sayings = new ShareSayings()
  const heard: string[] = []
  return {
    ...{ sayings, heard },
    add: (offset: number, type: AcknowledgeType = AcknowledgeType.ACCEPT): void => {
      const done = (error?: { code: string }): void => {
        heard.push(`${offset} ${error?.code ?? 'ok'}`)
      }
      const range = { firstOffset: offset, lastOffset: offset }
      sayings.add(place, { ...sayingOfNobody(range, type), done })
    },
    /** What the next request says of the partition. */
    says: (): string => {
      const said = sayings.take(0).flatMap(({ batches }) => batches)
      return said.map(({ firstOffset, lastOffset }) => `${firstOffset}-${lastOffset}`).join(' ')
    },
    answer: (errorCode: number): string | undefined => {
      const answer = { errorCode, errorMessage: null, lockedUntilMs: 0 }
      return sayings.answered(key, 'apples', answer)?.kind
    },
  }
}

test('who said it hears what became of it', () => {
  const { sayings, add, says, answer, heard } = stage()
  add(1)
  add(2)
  expect(says()).toBe('1-2')
  expect(sayings.isSettled).toBe(false)
  add(3)
  answer(ErrorCode.NONE)
  expect(heard).toEqual(['1 ok', '2 ok'])
  expect(sayings.isSettled).toBe(false)
  says()
  answer(ErrorCode.GROUP_AUTHORIZATION_FAILED)
  expect(heard.at(-1)).toBe('3 GROUP_AUTHORIZATION_FAILED')
  expect(sayings.isSettled).toBe(true)
})

test('the one that is refused is found among those that were said with it', () => {
  const { add, says, answer, heard } = stage()
  for (const offset of [1, 2, 3, 4, 5, 6, 7]) add(offset)
  let requests = 0
  for (let said = says(); said !== ''; said = says()) {
    requests += 1
    const ranges = said.split(' ').map((one) => one.split('-').map(Number))
    const hasBad = ranges.some(([first = 0, last = 0]) => first <= 5 && last >= 5)
    answer(hasBad ? ErrorCode.INVALID_RECORD_STATE : ErrorCode.NONE)
  }
  expect(heard.toSorted()).toEqual(['1 ok', '2 ok', '3 ok', '4 ok', ...bad(5), '6 ok', '7 ok'])
  expect(requests).toBe(7)
})

function bad(offset: number): string[] {
  return [`${offset} INVALID_RECORD_STATE`]
}

test('what could not be written down is said again, but not for ever', () => {
  const { add, says, answer, heard } = stage()
  add(1)
  for (let attempt = 1; attempt < 5; attempt++) {
    expect(says()).toBe('1-1')
    expect(answer(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)).toBe('retriable')
    expect(heard).toEqual([])
  }
  says()
  answer(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
  expect(heard).toEqual(['1 COORDINATOR_LOAD_IN_PROGRESS'])
  expect(says()).toBe('')
})

test('where another broker leads now, nothing is said again', () => {
  const { add, says, answer, heard } = stage()
  add(1)
  says()
  answer(ErrorCode.NOT_LEADER_OR_FOLLOWER)
  expect(heard).toEqual(['1 NOT_LEADER_OR_FOLLOWER'])
})

test('what is lost is told of all, said or not', () => {
  const { sayings, add, says, heard } = stage()
  add(1)
  says()
  add(2)
  sayings.drop(sessionLost(undefined))
  expect(heard).toEqual(['1 SHARE_SESSION_LOST', '2 SHARE_SESSION_LOST'])
  expect(sayings.isSettled).toBe(true)
})

test('a fetch may say what is of its partitions, and no renewal', () => {
  const { sayings, add } = stage()
  add(1)
  expect(sayings.fits((one) => one === key)).toBe(true)
  expect(sayings.fits(() => false)).toBe(false)
  add(2, AcknowledgeType.RENEW)
  expect(sayings.fits(() => true)).toBe(false)
  sayings.take(0)
  expect(sayings.sendsRenewals).toBe(true)
})

test('renewals are refused where the broker is too old for them', () => {
  const { sayings, add, heard } = stage()
  add(1, AcknowledgeType.RENEW)
  sayings.refuseRenewals('b:9092')
  expect(heard).toEqual(['1 UNSUPPORTED_VERSION'])
  expect(sayings.isEmpty).toBe(true)
})

const firstSeed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))

test.each(Array.from({ length: 50 }, (_, at) => firstSeed + at))(
  'whatever is answered, all is heard of once: SEED=%i',
  (seed) => {
    const random = seededRandom(seed)
    const { sayings, add, says, answer, heard } = stage()
    const codes = [
      ErrorCode.NONE,
      ErrorCode.INVALID_RECORD_STATE,
      ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
      ErrorCode.NOT_LEADER_OR_FOLLOWER,
    ]
    for (let offset = 0; offset < 100; offset++) {
      add(offset)
      if (random.below(3) > 0) continue
      says()
      if (random.below(5) === 0) sayings.unanswered(sessionLost(undefined))
      else answer(codes[random.below(codes.length)] ?? 0)
    }
    for (let said = says(); said !== ''; said = says()) answer(ErrorCode.NONE)
    const offsets = heard.map((one) => Number(one.split(' ')[0]))
    expect(offsets.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, at) => at))
    expect(sayings.isSettled).toBe(true)
  },
)
