/**
 * Run the catalogue's value rules over one string (`values.py`).
 *
 * A rule is tried only when its cheap anchor is in the string. What surrounds a match is checked in code, because
 * look-around is not portable. Patterns have bounded repeats and callers bound the length.
 */

import type { Level } from '../level'
import { MARKERS, VALUES, type ValueRule } from './catalogue'
import { CHECKS, type Check } from './checks'
import { UUID } from './shapes'

interface Rule {
  regex: RegExp
  group: number
  check: Check | undefined
  edge: string
  marker: string
  words: string[]
  dated: boolean
}

const SHORTEST = 4
const FOUR_DIGITS = /[0-9](?:[^0-9A-Za-z]{0,3}[0-9]){3}/
const RUN = /[A-Za-z0-9_+/=~.-]{16}/
const STREET_DE = /(?:str\.|stra(?:ß|ss)e|weg|gasse|allee|platz|damm|ufer|ring|laan|straat|gracht) [0-9]/i
const ICD = /[A-TV-Z][0-9][0-9AB]\.[0-9A-Z]/
const PLAIN = /^[A-Za-z_./ -]{0,15}$/
const TOWN = /\[address\](?:, )?[A-ZÀ-Ý][\p{L}]{2,30}(?:-\p{L}{2,30})?/gu
const ALNUM = /[\p{L}\p{N}]/u

function compiled(rule: ValueRule): Rule {
  const marker = MARKERS[rule.class] ?? '[..]'
  return {
    regex: new RegExp(rule.pattern.replace('{words}', (rule.words ?? []).join('|')), rule.flags.includes('i') ? 'dgi' : 'dg'),
    group: rule.group ?? 0,
    check: rule.check === undefined ? undefined : CHECKS[rule.check],
    edge: rule.edge,
    marker: rule.keep === undefined ? marker : rule.keep.replace('@', `${marker}@`),
    words: rule.words ?? [],
    dated: rule.class === 'date',
  }
}

/** The value rules of one level, grouped by anchor. */
export class ValueRules {
  readonly #groups = new Map<string, Rule[]>()
  readonly #words: Set<string>
  /** Words that tell by themselves. */
  readonly named: Set<string>

  constructor(level: Level) {
    for (const rule of VALUES) {
      if (!rule.levels.includes(level)) continue
      this.#groups.set(rule.anchor, [...this.#group(rule.anchor), compiled(rule)])
    }
    const named = VALUES.filter((rule) => rule.pattern.includes('{words}') && rule.levels.includes(level))
    this.named = new Set(named.flatMap((rule) => rule.words ?? []))
    this.#words = new Set(this.#group('word').flatMap((rule) => rule.words))
  }

  #group(anchor: string): Rule[] {
    return this.#groups.get(anchor) ?? []
  }

  /**
   * `text` with every value replaced by the marker of its class.
   *
   * `filled`: the words are the code's and only numbers were filled in, so that of the rules with words those for
   * dates and ages remain.
   */
  scan(text: string, filled = false): string {
    // One in a hundred request ids has digits in it that would pass for an account or a phone number.
    if (text.length < SHORTEST || UUID.test(text)) return text
    const worded = /[ :=]/.test(text) || this.named.has(text.toLowerCase())
    if (!worded && text.length < 16 && (PLAIN.test(text) || /^[0-9]{1,9}$/.test(text))) return text
    if (text.includes('-----BEGIN')) text = this.#apply(this.#group('-----BEGIN'), text)
    if (text.length >= 16 && RUN.test(text)) text = this.#apply([...this.#group('eyJ'), ...this.#group('run')], text)
    if (text.includes('@')) {
      if (text.includes('://')) text = this.#apply(this.#group('://'), text)
      text = this.#apply(this.#group('@'), text)
    }
    const numbers = FOUR_DIGITS.test(text)
    if (worded) text = this.#scanWorded(text, filled)
    if (numbers) text = this.#apply(this.#group('digits'), text)
    if (numbers ? text.includes(':') : text.split(':').length > 2) text = this.#apply(this.#group(':'), text)
    // Hexadecimal digits may all be letters.
    if (text.split(/[:-]/).length > 5) text = this.#apply(this.#group('mac'), text)
    if (/[0-9]/.test(text)) {
      if (text.includes(' ')) text = this.#apply(this.#group('postcode'), text)
      if (text.includes(' ') && STREET_DE.test(text)) text = this.#apply(this.#group('street-de'), text)
      if (text.includes('.') && ICD.test(text)) text = this.#apply(this.#group('icd'), text)
    }
    // A town that stands right behind what was found to be an address.
    return text.replace(TOWN, '[address]')
  }

  #scanWorded(text: string, filled: boolean): string {
    const words = new Set((text.toLowerCase().match(/\p{L}{2,}/gu) ?? []).filter((word) => this.#words.has(word)))
    if (words.size === 0) return text
    return this.#apply(
      this.#group('word').filter((rule) => (rule.dated || !filled) && rule.words.some((word) => words.has(word))),
      text,
    )
  }

  #apply(rules: Rule[], text: string): string {
    return rules.reduce((cleaned, rule) => replaced(rule, cleaned), text)
  }
}

/** One rule over one string, left to right; a refused match is stepped over. */
function replaced(rule: Rule, text: string): string {
  let out = ''
  let done = 0
  let place = 0
  for (;;) {
    rule.regex.lastIndex = place
    const match = rule.regex.exec(text)
    if (match === null) break
    const [start, end] = match.indices?.[rule.group] ?? match.indices?.[0] ?? [0, 0]
    let size = end - start
    if (rule.check !== undefined) size = rule.check(text.slice(start, end))
    if (size > 0 && rule.edge !== 'none' && !standsAlone(text, start, start + size, rule.edge)) size = 0
    if (size <= 0) {
      place = end > place ? end : place + 1
      continue
    }
    out += text.slice(done, start) + rule.marker
    done = place = start + size
  }
  return done === 0 ? text : out + text.slice(done)
}

/** Nothing that would make the match a part of something longer touches it. */
function standsAlone(text: string, start: number, end: number, edge: string): boolean {
  const at = (place: number): string => text[place] ?? ' '
  const touches = (char: string): boolean => char === '_' || ALNUM.test(char)
  if (touches(at(start - 1)) || touches(at(end))) return false
  if (edge !== 'number') return true
  if ('.-'.includes(at(start - 1)) && start > 1 && ALNUM.test(at(start - 2))) return false
  return !('.-'.includes(at(end)) && ALNUM.test(at(end + 1)))
}
