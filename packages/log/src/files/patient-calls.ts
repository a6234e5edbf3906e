import type { FileSystem, PatientCalls } from './file-system.ts'

/** Those of a file system, or what does the same at once where there is nothing to wait for. */
export function patientCalls(files: FileSystem): PatientCalls {
  return (
    files.patient ?? {
      makeFolder: async (path) => files.makeFolder(path),
      open: async (path, mode) => files.open(path, mode),
      create: async (path) => {
        const file = files.open(path, 'write')
        try {
          file.truncate(0)
        } catch (error) {
          file.close()
          throw error
        }
        return file
      },
      openDirect: async (path, mode) => files.openDirect(path, mode, false),
      readFile: async (path) => files.readFile(path),
      rename: async (from, to) => files.rename(from, to),
    }
  )
}
