import type { KafkaError } from '../src/index.ts'

/** What a promise failed with; a code that no error has when it did not. */
export async function refusal(work: Promise<unknown>): Promise<Partial<KafkaError>> {
  try {
    await work
  } catch (error) {
    return error as KafkaError
  }
  return { code: 'none' }
}
