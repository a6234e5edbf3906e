import { expect, test } from 'vitest'

import { markdownOf } from './doc-comment.ts'

test('a comment becomes a paragraph, and a list of its tags', () => {
  const comment = `/**
   * Sends a record, as soon
   * as it can.
   * @param record what is
   *   sent
   * @returns where it is
   * @throws {KafkaError} whose \`outcome\` says more
   */`
  expect(markdownOf(comment)).toBe(
    [
      'Sends a record, as soon as it can.',
      '',
      '- `record`: what is sent',
      '- returns where it is',
      '- throws `KafkaError` whose `outcome` says more',
    ].join('\n'),
  )
})

test('a tag may follow on the same line, or be all there is', () => {
  expect(markdownOf('/** Ends. @throws {KafkaError} CODE */')).toBe(
    'Ends.\n\n- throws `KafkaError` CODE',
  )
  expect(markdownOf('/** @returns itself */')).toBe('- returns itself')
  expect(markdownOf('/** One.\n *\n * Two. */')).toBe('One.\n\nTwo.')
})
