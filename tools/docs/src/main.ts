import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { configurationDocument, protocolDocument } from '@pafka/broker/documents'
import { toolsDocument } from '@pafka/conformance'

import { clientReference } from './client-reference.ts'

const docs = join(import.meta.dirname, '../../../docs')

writeFileSync(join(docs, 'configuration.md'), configurationDocument())
writeFileSync(join(docs, 'protocol-support.md'), `${protocolDocument()}${toolsDocument()}`)

const reference = join(docs, 'client/api')
rmSync(reference, { recursive: true, force: true })
mkdirSync(reference, { recursive: true })
for (const [name, text] of clientReference()) writeFileSync(join(reference, name), text)
