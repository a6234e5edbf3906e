import { expect, test } from 'vitest'

import { GroupStage } from '../../test/group-stage.ts'

test('somebody who was given an id just before the last member went comes in', () => {
  const stage = new GroupStage()
  stage.enter('a')
  stage.settle('a')
  stage.join('b')
  stage.leave('a')
  stage.transcript()
  stage.join('b')
  expect(stage.transcript()).toEqual(['b: joined 2 as b-2, range, leads b-2'])
})
