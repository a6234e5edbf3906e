// Builds the package it is started in: `node ../../tools/build/build.ts`, through turbo.
import { rm } from 'node:fs/promises'

import { buildDeclarations } from './declarations.ts'
import { buildJavaScript } from './javascript.ts'
import { commandEntries, libraryEntries, readManifest } from './manifest.ts'

const folder = process.cwd()
const manifest = readManifest(folder)
await rm('dist', { recursive: true, force: true })
await buildJavaScript(libraryEntries(manifest), commandEntries(manifest))
if (!(await buildDeclarations(folder))) process.exitCode = 1
