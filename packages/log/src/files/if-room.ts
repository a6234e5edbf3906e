import { isOutOfSpace } from './as-error.ts'

/** Does what can be left undone where there is no room for it. @throws any other error */
export function ifRoom(action: () => void): void {
  try {
    action()
  } catch (error) {
    if (!isOutOfSpace(error)) throw error
  }
}
