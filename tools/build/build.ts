// Builds the package it is started in: `node ../../tools/build/build.ts`, through turbo. With a
// folder after it, the JavaScript alone goes there: for a test that must not wait for a build, nor
// have one going on under it.
import { rm } from 'node:fs/promises'

import { buildDeclarations } from './declarations.ts'
import { buildJavaScript } from './javascript.ts'
import { commandEntries, libraryEntries, readManifest } from './manifest.ts'

const folder = process.cwd()
const manifest = readManifest(folder)
const library = libraryEntries(manifest)
const commands = commandEntries(manifest)
const [elsewhere] = process.argv.slice(2)
const outDir = elsewhere ?? 'dist'
await rm(outDir, { recursive: true, force: true })
await buildJavaScript({ library, commands, outDir })
if (elsewhere === undefined && !(await buildDeclarations(folder))) process.exitCode = 1
