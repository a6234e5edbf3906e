import { expect, test } from 'vitest'

import { html, Markup, printable } from './markup.ts'

test('what comes from outside is escaped, what was made here is not', () => {
  const name = `<script>alert("1")</script> & 'x'`
  const inner = html`<b title="${name}">${name}</b>`
  const escaped = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;'
  expect(html`<p>${inner}</p>`.text).toBe(`<p><b title="${escaped}">${escaped}</b></p>`)
})

test('lists, numbers and nothing', () => {
  const items = [1, '2', undefined, [html`<i>3</i>`, '&']]
  expect(html`[${items}${undefined}]`.text).toBe('[12<i>3</i>&amp;]')
  expect(new Markup('&').text).toBe('&')
})

test('what no document can hold is replaced', () => {
  expect(printable('a\0b\u001B[31m\uD800c\uFFFF\td\n')).toBe('a�b�[31m�c�\td\n')
  expect(html`${'\0'}`.text).toBe('�')
})
