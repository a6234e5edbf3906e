export type { RegistryAuth, SchemaRegistryOptions } from './registry-options.ts'
export { SchemaRegistryError } from './registry-error.ts'
export type { RegistryUse } from './schema-serde.ts'
export type {
  Compatibility,
  CompatibilityReport,
  RegisterOptions,
  RegistryCallOptions,
  VersionName,
} from './schema-registry.ts'
export { SchemaRegistry } from './schema-registry.ts'
export type {
  KnownSchema,
  Registration,
  Schema,
  SchemaReference,
  SchemaType,
  SchemaVersion,
} from './schema.ts'
export type { SubjectName } from './subject-name.ts'
