import * as kafkajs from './api.ts'

export * from './api.ts'
// named once more: checkers of packages that pass over `export *` see that there are names, too
export { Kafka } from './api.ts'
// kafkajs is CommonJS, of which ES modules get all that it exports as a default: programs use that
// oxlint-disable-next-line import/no-default-export -- `import kafkajs from 'kafkajs'`
export { kafkajs as default }
