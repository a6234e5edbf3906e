import type { Rule } from '../rule.ts'
import { decisions, links } from './documents.ts'
import { lineWidth, unfinished } from './lines.ts'
import { noMachine, strictShell } from './machine.ts'
import { catalogVersions, exactPins, packageNames, publishedManifests } from './manifests.ts'
import { kebabCase, tellingNames, vocabulary } from './names.ts'
import { testsBesideCode } from './tests.ts'

/**
 * The house rules that no other tool decides. File and function length, parameters, `any`,
 * default exports, focused tests: oxlint. Who imports whom: turbo and dependency-cruiser.
 * Unused files, exports, dependencies and catalog entries: knip.
 */
export const rules: readonly Rule[] = [
  kebabCase,
  tellingNames,
  vocabulary,
  lineWidth,
  unfinished,
  testsBesideCode,
  noMachine,
  strictShell,
  decisions,
  links,
  catalogVersions,
  exactPins,
  packageNames,
  publishedManifests,
]
