import ts from 'typescript-6'

import { type Exported, findExported } from './declarations.ts'
import { docOf } from './doc-comment.ts'

type Member = ts.ClassElement | ts.TypeElement

/** What is said of an export below its heading. */
export function itemText(item: Exported): string {
  const [first] = item.declarations
  if (first === undefined) return ''
  if (ts.isClassDeclaration(first)) return classText(item, first)
  if (ts.isInterfaceDeclaration(first)) return interfaceText(first)
  return joined(item.declarations.flatMap((one) => [code([sourceOf(one)]), docOf(one)]))
}

export function isClass({ declarations }: Exported): boolean {
  return declarations.some((one) => ts.isClassDeclaration(one))
}

/** Names of types that it speaks of. */
export function linkedNames(item: Exported): string[] {
  return [...typesOf(item).keys()]
}

/** What those types are that it speaks of, and nobody can import. */
export function unnamedTypes(item: Exported, canImport: (name: string) => boolean): string[] {
  return [...typesOf(item)].flatMap(([name, file]) => {
    const found = canImport(name) ? undefined : findExported(file, name)
    const [declaration] = found?.declarations ?? []
    const isShown = declaration !== undefined && !ts.isClassDeclaration(declaration)
    return isShown ? [`where \`${name}\` is`, code([sourceOf(declaration)])] : []
  })
}

/** By their names, and where that is said. */
function typesOf(item: Exported): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  const add = (name: string, node: ts.Node): void => {
    if (!names.has(name)) names.set(name, node.getSourceFile().fileName)
  }
  const look = (node: ts.Node): void => {
    if (ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName)) {
      add(node.typeName.text, node)
    }
    if (ts.isExpressionWithTypeArguments(node)) add(node.expression.getText(), node)
    ts.forEachChild(node, look)
  }
  for (const one of item.declarations) {
    if (ts.isClassDeclaration(one)) for (const { node } of usableOf(item, one)) look(node)
    else look(one)
  }
  return names
}

/** Of each method a heading; overloads of one follow each other. */
function classText(item: Exported, node: ts.ClassDeclaration): string {
  const byName = Map.groupBy(usableOf(item, node), ({ called }) => called)
  const sections: string[] = []
  const properties: string[] = []
  for (const [called, members] of byName) {
    const [{ node: first } = { node: undefined }] = members
    if (first !== undefined && isProperty(first)) {
      properties.push(listed(first))
      continue
    }
    const title = called === 'constructor' ? `new ${item.name}` : `${item.name}.${called}`
    const docs = members.map((one) => one.doc).filter((doc) => doc !== '')
    const signatures = members.map((one) => {
      return sourceOf(one.node).replace(/^constructor\(/, `new ${item.name}(`)
    })
    sections.push(`### ${title}`, code(signatures), ...new Set(docs))
  }
  return joined([docOf(node), properties.join('\n'), ...sections])
}

function interfaceText(node: ts.InterfaceDeclaration): string {
  const { heritageClauses, members, typeParameters } = node
  const bases = (heritageClauses ?? []).map(
    (clause) => `Of \`${clause.types.map((type) => type.getText()).join(', ')}\`, and more.`,
  )
  const parameters = typeParameters?.map((one) => one.getText()).join(', ')
  const generic = parameters === undefined ? '' : code([`${node.name.text}<${parameters}>`])
  return joined([generic, docOf(node), ...bases, members.map((one) => listed(one)).join('\n')])
}

interface FoundMember {
  readonly called: string
  readonly node: Member
  readonly doc: string
}

/** A class of which programs have the type alone is made by something else. */
function usableOf({ file, isValue }: Exported, node: ts.ClassDeclaration): FoundMember[] {
  return membersOf(file, node).filter(({ called }) => isValue || called !== 'constructor')
}

/** Those of a class that users of it see, with what it has of classes that are not exported. */
function membersOf(file: string, node: ts.ClassDeclaration): FoundMember[] {
  const inherited = inheritedOf(file, node)
  const own = node.members.flatMap((member) => {
    const called = nameOf(member)
    if (called === undefined || isHidden(member)) return []
    const ofBase = inherited.find((one) => one.called === called)?.doc
    return [{ called, node: member, doc: docOf(member) || (ofBase ?? '') }]
  })
  const names = new Set(own.map(({ called }) => called))
  return [...own, ...inherited.filter(({ called }) => !names.has(called))]
}

function inheritedOf(file: string, { heritageClauses }: ts.ClassDeclaration): FoundMember[] {
  const bases = (heritageClauses ?? [])
    .filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    .flatMap(({ types }) => types.map(({ expression }) => expression.getText()))
  return bases.flatMap((name) => {
    const base = findExported(file, name)
    const [declaration] = base?.declarations ?? []
    if (base === undefined || declaration === undefined) return []
    if (!ts.isClassDeclaration(declaration)) return []
    return membersOf(base.file, declaration).filter(({ called }) => called !== 'constructor')
  })
}

/** Undefined for what has a symbol for a name: `for await` and `await using` use it. */
function nameOf(member: ts.ClassElement): string | undefined {
  if (ts.isConstructorDeclaration(member)) return 'constructor'
  const { name } = member
  return name !== undefined && ts.isIdentifier(name) ? name.text : undefined
}

function isHidden(member: ts.ClassElement): boolean {
  const flags = ts.getCombinedModifierFlags(member)
  return (flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Static)) !== 0
}

function isProperty(member: Member): boolean {
  return (
    ts.isPropertyDeclaration(member) ||
    ts.isPropertySignature(member) ||
    ts.isGetAccessorDeclaration(member)
  )
}

function listed(member: Member): string {
  const source = `- \`${sourceOf(member).replaceAll(/\s*\n\s*/g, ' ')}\``
  const about = docOf(member).replaceAll(/\n(?!\n)/g, '\n  ')
  if (about === '') return source
  return about.startsWith('- ') ? `${source}\n  ${about}` : `${source}: ${about}`
}

/** A declaration as its users see it, without what goes without saying. */
function sourceOf(node: ts.Node): string {
  const patterns: string[] = []
  const look = (one: ts.Node): void => {
    if (ts.isObjectBindingPattern(one)) patterns.push(one.getText())
    else ts.forEachChild(one, look)
  }
  look(node)
  const text = patterns.reduce((all, pattern) => all.replace(pattern, 'options'), node.getText())
  const shortened = text
    .replace(/;$/, '')
    .replace(/^(export )?(declare )?/, '')
    .replace(/^(readonly|get) /, '')
    .replace(/^override /, '')
    .replaceAll('readonly ', '')
  const plain = ts.isGetAccessorDeclaration(node) ? shortened.replace('():', ':') : shortened
  const indents = [...plain.matchAll(/\n( +)\S/g)].map(([, spaces = '']) => spaces.length)
  const indent = Math.min(...indents, ts.isStatement(node) ? 0 : 4)
  return plain.replaceAll(`\n${' '.repeat(indent)}`, '\n').replaceAll('    ', '  ')
}

function code(lines: readonly string[]): string {
  return `\`\`\`ts\n${lines.join('\n')}\n\`\`\``
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n')
}
