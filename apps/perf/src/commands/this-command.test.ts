import { expect, test } from 'vitest'

import { thisCommand } from './this-command.ts'

const JAAS = 'org.example.PlainLoginModule required username="u" password="p w;d";'

test('a command stands there as a shell takes it again', () => {
  expect(thisCommand(['sweep', '--title', "it's 1 & 2", '--brokers', 'a=h:1'])).toBe(
    String.raw`pafka-perf sweep --title 'it'\''s 1 & 2' --brokers a=h:1`,
  )
})

test.for([
  [`sasl.jaas.config=${JAAS}`, "'sasl.jaas.config=[hidden]'"],
  [`--command-property=sasl.jaas.config=${JAAS}`, "'--command-property=sasl.jaas.config=[hidden]'"],
  ['ssl.key.password=x', "'ssl.key.password=[hidden]'"],
  ['ssl.keystore.password=a=b', "'ssl.keystore.password=[hidden]'"],
  ['--producer-props=ssl.truststore.password=x', "'--producer-props=ssl.truststore.password=[hid"],
  ['ssl.keystore.key=-----BEGIN\nx', "'ssl.keystore.key=[hidden]'"],
  ['My.Client.SECRET=x', "'My.Client.SECRET=[hidden]'"],
  ['b:sasl.login.token=x', "'b:sasl.login.token=[hidden]'"],
] as const)('%s is hidden', ([word, shown]) => {
  for (const option of ['--command-property', '--producer-props', '--mistyped']) {
    const told = thisCommand(['sweep', option, 'acks=all', word, '--rounds', '1'])
    expect(told).toContain(`${option} acks=all ${shown}`)
    expect(told).toContain(' --rounds 1')
    expect(told).not.toContain('p w;d')
  }
})

test.for([
  'ssl.keystore.location=/k.pem',
  '--brokers=a=h:1',
  'security.protocol=SASL_SSL',
  '--command-property=acks=1',
  'sasl.jaas.config=',
])('%s is not hidden', (word) => {
  expect(thisCommand([word])).toBe(`pafka-perf ${word}`)
})
