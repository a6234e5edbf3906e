import { APIS } from '../generated/apis.ts'
import type { Api } from '../wire/codec.ts'

const BY_KEY: ReadonlyMap<number, Api<unknown, unknown>> = new Map(
  APIS.map((api) => [api.key, api]),
)

/** The API of a key, or undefined for one that brokers do not offer to clients. */
export function apiByKey(key: number): Api<unknown, unknown> | undefined {
  return BY_KEY.get(key)
}

/** Whether there is a codec for this version. */
export function hasVersion(api: Api<unknown, unknown>, version: number): boolean {
  return version >= api.minVersion && version <= api.maxVersion
}
