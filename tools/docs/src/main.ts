import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { configurationDocument, protocolDocument } from '@pafka/broker/documents'
import { toolsDocument } from '@pafka/conformance'

const docs = join(import.meta.dirname, '../../../docs')

writeFileSync(join(docs, 'configuration.md'), configurationDocument())
writeFileSync(join(docs, 'protocol-support.md'), `${protocolDocument()}${toolsDocument()}`)
