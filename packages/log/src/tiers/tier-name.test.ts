import { expect, test } from 'vitest'

import { isTierName } from './tier-name.ts'

test.each(['PMEM', 'NVME', 'SSD', 'HDD', 'SSD-1', 'HDD-cold.storage', 'NVME-a-b'])(
  '%s may be a tier',
  (name) => expect(isTierName(name)).toBe(true),
)

test.each([
  '',
  'FLOPPY',
  'nvme',
  'SSD2',
  'SSD-',
  'SSD ',
  'SSD-a b',
  'XSSD',
  `SSD-${'x'.repeat(33)}`,
])('%s may not', (name) => expect(isTierName(name)).toBe(false))
