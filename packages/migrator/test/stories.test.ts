import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { Story } from './story.ts'

const FOLDER = join(import.meta.dirname, 'stories')

/** `vitest -u` writes what happened into the stories; read the difference before it is kept. */
test.for(globSync('*.story', { cwd: FOLDER }).toSorted())('%s', async (file) => {
  const path = join(FOLDER, file)
  await expect(await Story.run(readFileSync(path, 'utf8'))).toMatchFileSnapshot(path)
})
