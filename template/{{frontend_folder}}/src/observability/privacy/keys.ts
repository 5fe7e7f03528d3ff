/**
 * Decide by its key whether a value is sensitive: the browser's half of `keys.py`, held to it by shared cases.
 *
 * A key is split into words, neutral tails go, and the last word or the last two to four joined decide.
 */

import { HARMLESS_COMPOUNDS, HARMLESS_HEADS, NEUTRAL_TAILS, ROLES, SENSITIVE, TECHNICAL_NAMES } from './catalogue'

export type Answer = 'sensitive' | 'name' | 'harmless' | 'unknown'

/** What a key says: `cls` when sensitive; `name` asks for a look at the value; `words` joined for look-ups. */
export interface Verdict {
  answer: Answer
  cls: string
  words: string
  last: string
}

const WORDS = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|(?![A-Za-z])\p{L}+|[0-9]+/gu
/** Heads that describe are harmless; a code or a key of a person or an illness is neither. */
const OF_ANY_CLASS = new Set(['code', 'codes', 'key', 'keys'])
const CODED = new Set([...OF_ANY_CLASS, 'class', 'category', 'kind'])
const LONGEST_COMPOUND = 4
const MAX_KEY = 80
const MOST = 4_096

const known = new Map<string, Verdict>()

/** The verdict on one key; unknown keys say `unknown`. */
export function verdict(key: string): Verdict {
  let found = known.get(key)
  if (found === undefined) {
    if (known.size >= MOST) known.clear()
    found = judged(key)
    const plain = key.normalize('NFKD').replace(/\p{M}/gu, '')
    if (found.answer === 'unknown' && plain !== key) found = judged(plain)
    known.set(key, found)
  }
  return found
}

const KEY = /^[A-Za-z][A-Za-z_.-]{0,60}[0-9]{0,2}$/

/** Is it written like a key, and sensitive? */
export function sensitiveKey(name: string): boolean {
  return KEY.test(name) && verdict(name).answer === 'sensitive'
}

/** The sensitive key of a row such as `{"name": "ssn", "value": ".."}`, or an empty string. */
export function rowName(row: Record<string, unknown>): string {
  if (!('value' in row)) return ''
  const names = ['name', 'key', 'field', 'label', 'id', 'code'].map((key) => row[key])
  return names.find((name): name is string => typeof name === 'string' && sensitiveKey(name)) ?? ''
}

function split(key: string): string[] {
  return (key.slice(0, MAX_KEY).match(WORDS) ?? []).map((word) => word.toLowerCase())
}

function judged(key: string): Verdict {
  const words = split(key).filter((word) => !/^[0-9]+$/.test(word))
  const whole = words.join('')
  const final = words.at(-1)
  if (final === undefined) return { answer: 'unknown', cls: '', words: '', last: '' }
  if ([2, 3].some((size) => HARMLESS_COMPOUNDS.has(words.slice(-size).join('')))) {
    return { answer: 'harmless', cls: '', words: whole, last: final }
  }
  const kept = [...words]
  for (;;) {
    const cls = compound(kept)
    if (cls) return { answer: 'sensitive', cls, words: whole, last: kept.at(-1) ?? '' }
    const tail = kept.at(-1) ?? ''
    if (kept.length > 1 && NEUTRAL_TAILS.has(tail) && tail !== 'cc') kept.pop()
    else break
  }
  const last = kept.at(-1) ?? ''
  if (last === 'name' || last === 'names') return nameOf(kept, whole)
  if (within(last, ROLES) && (kept.length === 1 || !within(kept.at(-2) ?? '', HARMLESS_HEADS))) {
    return { answer: 'name', cls: 'person', words: whole, last }
  }
  const cls = CODED.has(last) ? codedClass(kept.slice(0, -1)) : ''
  if (cls && (OF_ANY_CLASS.has(last) || cls === 'health' || cls === 'special')) {
    return { answer: 'sensitive', cls, words: whole, last }
  }
  if (HARMLESS_HEADS.has(final) || HARMLESS_HEADS.has(last)) {
    return { answer: 'harmless', cls: '', words: whole, last: final }
  }
  return { answer: 'unknown', cls: '', words: whole, last }
}

/** Class of what is coded: `diagnosis_code`, `patient_key`. */
function codedClass(words: string[]): string {
  if (words.length === 0) return ''
  return compound(words) || (within(words.at(-1) ?? '', ROLES) ? 'record' : '')
}

/** Class of the longest known compound at the end of the words, or an empty string. */
function compound(words: string[]): string {
  for (let size = Math.min(LONGEST_COMPOUND, words.length); size > 0; size -= 1) {
    const text = words.slice(-size).join('')
    if (HARMLESS_HEADS.has(text) && !SENSITIVE.has(text)) continue
    for (const form of singulars(text)) {
      const cls = SENSITIVE.get(form)
      if (cls) return cls
    }
  }
  return ''
}

function singulars(word: string): string[] {
  if (word.endsWith('es')) return [word, word.slice(0, -1), word.slice(0, -2)]
  return word.endsWith('s') ? [word, word.slice(0, -1)] : [word]
}

function within(word: string, table: Set<string>): boolean {
  return table.has(word) || (word.endsWith('s') && table.has(word.slice(0, -1)))
}

/** `file_name` is a machine's, `patient_name` a person's, bare `name` depends on the value. */
function nameOf(words: string[], whole: string): Verdict {
  const before = words.at(-2)
  if (before !== undefined && within(before, TECHNICAL_NAMES)) {
    return { answer: 'harmless', cls: '', words: whole, last: 'name' }
  }
  if (before !== undefined && within(before, ROLES)) {
    return { answer: 'sensitive', cls: 'person', words: whole, last: 'name' }
  }
  return { answer: 'name', cls: 'person', words: whole, last: 'name' }
}
