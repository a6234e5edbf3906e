import { expect, test } from 'vitest'

import { SipHash } from './sip-hash.ts'

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at)

/** The reference implementation's `vectors_sip128`: key and message count up from 0. */
test.each([
  [0, 'a3817f04ba25a8e66df67214c7550293'],
  [1, 'da87c1d86b99af44347659119b22fc45'],
  [2, '8177228da4a45dc7fca38bdef60affe4'],
  [3, '9c70b60c5267a94e5f33b6b02985ed51'],
  [15, '5493e99933b0a8117e08ec0f97cfc3d9'],
  [16, '6ee2a4ca67b054bbfd3315bf85230577'],
])('a message of %i bytes has the digest of the reference', (length, digest) => {
  const hash = new SipHash(counting(16))
  const padded = Buffer.concat([Buffer.from([9, 9]), counting(length), Buffer.from([9])])
  hash.digest(padded, 2, 2 + length)
  expect(Buffer.from(hash.words.buffer).toString('hex')).toBe(digest)
})

test('another key gives another digest', () => {
  const [first, second] = [new SipHash(counting(16)), new SipHash(new Uint8Array(16))]
  first.digest(counting(9), 0, 9)
  second.digest(counting(9), 0, 9)
  expect(first.words).not.toEqual(second.words)
})
