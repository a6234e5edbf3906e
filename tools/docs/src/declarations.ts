import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import ts from 'typescript-6'

const ROOT = join(import.meta.dirname, '../../..')

/** What a module exports under a name: as users of its declarations see it. */
export interface Exported {
  readonly name: string
  /** Of the source, where it is declared. */
  readonly file: string
  readonly declarations: readonly ts.DeclarationStatement[]
  /** A program can use it, not only a type. */
  readonly isValue: boolean
}

const modules = new Map<string, ts.SourceFile>()

/** What the compiler declares of a source: without bodies, without what is private. */
export function declarationsOf(file: string): ts.SourceFile {
  let module = modules.get(file)
  if (module === undefined) {
    const { outputText } = ts.transpileDeclaration(readFileSync(file, 'utf8'), { fileName: file })
    module = ts.createSourceFile(file, outputText, ts.ScriptTarget.Latest, true)
    modules.set(file, module)
  }
  return module
}

/** All that an entry point exports by name, in its order. */
export function exportsOf(entry: string): Exported[] {
  return declarationsOf(entry).statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement)) return []
    const { exportClause, moduleSpecifier, isTypeOnly } = statement
    if (exportClause === undefined || !ts.isNamedExports(exportClause)) return []
    return exportClause.elements.map((element) => {
      const file = moduleFile(entry, moduleSpecifier) ?? entry
      const found = findExported(file, (element.propertyName ?? element.name).text)
      if (found === undefined) throw new Error(`${file} has no ${element.name.text}`)
      const isValue = !isTypeOnly && !element.isTypeOnly
      return { ...found, name: element.name.text, isValue }
    })
  })
}

/** Undefined for what is none of ours. */
export function findExported(file: string, name: string): Exported | undefined {
  const { statements } = declarationsOf(file)
  const declarations = statements.filter((statement) => isNamed(statement, name))
  if (declarations.length > 0) return { name, file, declarations, isValue: true }
  for (const statement of statements) {
    const from = nameInModule(statement, name)
    const module = from && moduleFile(file, from.module)
    if (from !== undefined && module !== undefined) return findExported(module, from.name)
  }
  return undefined
}

function isNamed(statement: ts.Statement, name: string): statement is ts.DeclarationStatement {
  const isDeclaration =
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isFunctionDeclaration(statement)
  return isDeclaration && statement.name?.text === name
}

/** The name that an import, or an export of something else, has where it comes from. */
function nameInModule(
  statement: ts.Statement,
  name: string,
): { readonly name: string; readonly module: ts.Expression } | undefined {
  const isExport = ts.isExportDeclaration(statement)
  if (!isExport && !ts.isImportDeclaration(statement)) return undefined
  const { moduleSpecifier: module } = statement
  const clause = isExport ? statement.exportClause : statement.importClause?.namedBindings
  if (module === undefined || clause === undefined) return undefined
  if (!ts.isNamedExports(clause) && !ts.isNamedImports(clause)) return undefined
  const element = [...clause.elements].find((one) => one.name.text === name)
  return element && { name: (element.propertyName ?? element.name).text, module }
}

/** Undefined for modules that are none of ours. */
function moduleFile(from: string, specifier: ts.Expression | undefined): string | undefined {
  if (specifier === undefined || !ts.isStringLiteral(specifier)) return undefined
  const { text } = specifier
  if (text.startsWith('.')) return join(dirname(from), text)
  const ours = /^@pafka\/(base|protocol)$/.exec(text)?.[1]
  return ours && join(ROOT, 'packages', ours, 'src/index.ts')
}
