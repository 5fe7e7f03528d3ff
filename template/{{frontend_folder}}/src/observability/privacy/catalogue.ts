/**
 * The rules, from the file that the API reads as well: `app/observability/privacy/catalogue.json`.
 *
 * Imported by name, so that the parts a browser does not need are not in the page.
 */

import {
  attributes as attributeKinds,
  browser_messages,
  classes,
  headers,
  keys,
  measures,
  open_keys,
  path_words,
  values,
  words_of_code,
} from '../../../../app/observability/privacy/catalogue.json'
import type { Level } from '../level'

/** One pattern for values; `group` is the part that is replaced (0: the whole match). */
export interface ValueRule {
  class: string
  anchor: string
  words?: string[]
  pattern: string
  flags: string
  group?: number
  check?: string
  edge: string
  keep?: string
  levels: string[]
}

const joined = (words: string): string => words.replaceAll(' ', '')
const joinedSet = (list: string[]): Set<string> => new Set(list.map(joined))

export const MARKERS: Record<string, string> = Object.fromEntries(
  Object.entries(classes).map(([name, { marker }]) => [name, marker]),
)
/** `accesstoken` -> `secret`; later classes win, as in Python. */
export const SENSITIVE = new Map(
  Object.entries(keys.sensitive).flatMap(([name, list]) => list.map((key) => [joined(key), name] as const)),
)
export const HARMLESS_COMPOUNDS = joinedSet(keys.harmless_compounds)
export const ROLES = joinedSet(keys.roles)
export const TECHNICAL_NAMES = new Set(keys.technical_names)
export const NEUTRAL_TAILS = new Set(keys.neutral_tails)
export const HARMLESS_HEADS = new Set(keys.harmless_heads)
export const MEASURES = new Set(measures.words)
export const MACHINE_WORDS = new Set(words_of_code.machine_words)
export const PATH_WORDS: readonly string[] = path_words
export const AFTER_SECRET = new Set(words_of_code.after_secret)
export const NOT_NAMES = new Set(words_of_code.not_names)
export const VALUES: readonly ValueRule[] = values
export const BROWSER_MESSAGES: readonly string[] = browser_messages.templates
export const HEADERS = { text: new Set(headers.text), standard: new Set(headers.standard_only) }

/** How the value of a named attribute is read: `url.full` -> `url`. */
export const ATTRIBUTES = new Map(
  Object.entries(attributeKinds).flatMap(([kind, names]) =>
    typeof names === 'string' ? [] : names.map((name) => [name, kind] as const),
  ),
)

/** Keys under which releases and names in code may leave as well. */
export function openKeys(level: Level): Set<string> {
  return joinedSet(level === 'hipaa' ? open_keys.hipaa : [...open_keys.hipaa, ...open_keys.gdpr])
}
