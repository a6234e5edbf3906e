import { afterAll, expect, test } from 'vitest'

import { dateFormatOf } from './date-format.ts'

const usualZone = process.env['TZ']
afterAll(() => {
  if (usualZone === undefined) delete process.env['TZ']
  else process.env['TZ'] = usualZone
})

function textOf(zone: string, time: string, pattern: string): string {
  process.env['TZ'] = zone
  return dateFormatOf(pattern)(Date.parse(time))
}

// what Java 17's SimpleDateFormat makes of 2026-03-05T07:08:09.010Z in UTC, in its default locale
test.each(
  Object.entries({
    'yyyy-MM-dd HH:mm:ss:SSS': '2026-03-05 07:08:09:010',
    'EEE, d MMM yyyy HH:mm:ss Z': 'Thu, 5 Mar 2026 07:08:09 +0000',
    "hh:mm a 'o''clock'": "07:08 AM o'clock",
    'y yy yyy yyyyy Y YY': '2026 26 2026 02026 2026 26',
    'M MM MMM MMMM L LL LLL LLLL': '3 03 Mar March 3 03 Mar March',
    'w ww W D DDDD d ddd F u uu': '10 10 1 64 0064 5 005 1 4 04',
    'E EEE EEEE G GGGG': 'Thu Thu Thursday AD AD',
    'H k kk K KK h m s': '7 7 07 7 07 7 8 9',
    'S SS SSS SSSSSS': '10 10 010 000010',
    mMm: '838',
    'z zzzz Z X XX': 'UTC Coordinated Universal Time +0000 Z Z',
    "'' 'a b''' ''''": "' a b' ''",
    yyyy年MM: '2026年03',
    '': '',
  }),
)('%s', (pattern, text) => {
  expect(textOf('UTC', '2026-03-05T07:08:09.010Z', pattern)).toBe(text)
})

test.each([
  ['Europe/Berlin', '2026-07-31T14:00:00Z', 'z|zzzz', 'CEST|Central European Summer Time'],
  ['America/New_York', '2026-03-05T07:08:09Z', 'z Z X XX', 'EST -0500 -05 -0500'],
  ['Asia/Kolkata', '2026-03-05T07:08:09Z', `H:mm z ${'X'.repeat(3)}`, '12:38 IST +05:30'],
  // Java has a name for it, JST; English does not
  ['Asia/Tokyo', '2026-03-05T07:08:09Z', 'z', 'GMT+09:00'],
  ['Etc/GMT+5', '2026-03-05T07:08:09Z', 'z zzzz', 'GMT-05:00 GMT-05:00'],
  // midnight, and the week of the turn of the year
  ['UTC', '2026-12-31T00:30:00Z', 'H k K h a', '0 24 0 12 AM'],
  ['UTC', '2026-12-31T12:30:00Z', 'H k K h a', '12 12 0 12 PM'],
  ['UTC', '2026-12-31T12:30:00Z', 'Y w W D F', '2027 1 5 365 5'],
  ['UTC', '2026-03-08T12:30:00Z', 'E u w W', 'Sun 7 11 2'],
])('%s at %s, %s', (zone, time, pattern, text) => {
  expect(textOf(zone, time, pattern)).toBe(text)
})

test.each([
  ['yyyy-MM-ddTHH', 'T is no letter of it'],
  ["hh 'x", 'a quote is not closed'],
  ['X'.repeat(4), 'at most three X'],
])('%s is refused', (pattern, why) => {
  expect(() => dateFormatOf(pattern)).toThrow(`--date-format: ${pattern}: ${why}`)
})
