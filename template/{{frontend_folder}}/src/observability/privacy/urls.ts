/** URLs, paths, query strings and names of transactions: the shape stays, the data goes (`urls.py`). */

import type { Level } from '../level'
import { MACHINE_WORDS, PATH_WORDS } from './catalogue'
import { birthShaped } from './guesses'
import { verdict } from './keys'
import { decoded, formPairs } from './pairs'
import { businessId, knownWords } from './machines'
import { tellingNumber, UUID } from './shapes'
import { METHODS } from './structures'

const HOLE = '{x}'
const PLACEHOLDER = /^[{<:][A-Za-z_][A-Za-z0-9_:]{0,40}[}>]?$/
const VERSION = /^v[0-9]{1,2}$/
const WORD_SEGMENT = /^[a-z]{1,24}(?:_[a-z]{1,24}){0,4}$/
const YEAR = /(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])/
const SHORT_NUMBER = /^[0-9]{1,4}$/
const QUERY_NUMBER = /^(?:-?[0-9]{1,3}|true|false)$/i
const QUERY_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,40}(?:\[[A-Za-z0-9_]{0,20}\])?$/
const HOST = /^(?:[A-Za-z0-9][A-Za-z0-9_.-]{0,120}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?)$/
const DOTTED_QUAD = /^[0-9]+(?:\.[0-9]+){3}(?::[0-9]+)?$/
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]{1,20}:\/\//
const LONGEST = 4_096
const MOST_DIGITS = 3
const MOST_HOST_DIGITS = 6
const LONG_NAME = 16
const CAMEL = /^[A-Za-z]?[a-z]+(?:[A-Z][a-z]+){0,6}$/
const MOST_SLUG_DIGITS = 4
const LAST_LABEL = /^[A-Za-z][A-Za-z0-9_-]*$|\.[A-Za-z][A-Za-z-]*$/
const OF_NETWORK = /^[a-z][a-z0-9_-]{0,39}$/
const SLUG = /^[A-Za-z0-9]{1,24}(?:[_.-][A-Za-z0-9]{1,24}){0,4}$/

/** The URL rules of one level. */
export class Addresses {
  readonly #level: Level
  readonly #words = new Set(PATH_WORDS)
  readonly #names = new Set<string>()

  constructor(level: Level) {
    this.#level = level
  }

  /** Declare a route pattern that is written in code. */
  trust(name: string): void {
    this.#names.add(name)
    for (const part of name.split('/')) {
      if (part && !PLACEHOLDER.test(part)) this.#words.add(part)
    }
  }

  /** Was this very name declared? */
  trusted(name: string): boolean {
    return this.#names.has(name)
  }

  /** `/patients/17/anna` -> `/patients/{x}/{x}` (gdpr, hipaa) or `/patients/17/anna` (standard). */
  path(path: string): string {
    const parts = path.split('/').slice(0, 40)
    if (this.#level === 'standard' && YEAR.test(path)) hideBirths(parts)
    return parts.map((part) => (part ? this.#segment(part) : '')).join('/')
  }

  #segment(part: string): string {
    if (this.#words.has(part) || PLACEHOLDER.test(part) || VERSION.test(part)) return part
    if (this.#level !== 'standard') return HOLE
    const plain = decoded(part)
    const word = WORD_SEGMENT.test(plain) || UUID.test(plain) || knownWords(plain)
    return word || SHORT_NUMBER.test(plain) || slug(plain) ? plain : HOLE
  }

  /** Names with `[..]` for values; short numbers and booleans stay below hipaa, where nothing stays. */
  query(query: string): string {
    if (this.#level === 'hipaa' || query === '') return ''
    const rows = formPairs(query.replace(/^\?+/, '')).slice(0, 50)
    return rows.map(([name, value]) => this.#queryRow(name, value)).join('&')
  }

  #queryRow(name: string, value: string): string {
    if (!this.#queryName(name)) return '[..]'
    const shown = QUERY_NUMBER.test(value) && !(this.#level !== 'standard' && tellingNumber(value))
    return shown && verdict(name).answer !== 'sensitive' ? `${name}=${value}` : `${name}=[..]`
  }

  /** A name of the machine's: no long number in it, above standard made of words that the catalogue knows. */
  #queryName(name: string): boolean {
    if (!QUERY_NAME.test(name) || digitsIn(name) > MOST_DIGITS) return false
    if (name.length > LONG_NAME && /[a-z]/.test(name) && /[A-Z]/.test(name) && !CAMEL.test(name)) return false
    return this.#level === 'standard' || name.length === 1 || verdict(name).answer !== 'unknown' || knownWords(name)
  }

  /** A host name with port; an address in numbers becomes `[ip]`, anything else `[..]`. */
  host(host: string): string {
    const bare = host.slice(host.lastIndexOf('@') + 1)
    if (!HOST.test(bare)) return bare ? '[..]' : ''
    if (bare.startsWith('[') || DOTTED_QUAD.test(bare)) return bare.startsWith('127.') ? bare : '[ip]'
    const [name = ''] = bare.split(':', 1)
    const strict = this.#level !== 'standard'
    const bareName = name.replace(/\.+$/, '')
    if (!LAST_LABEL.test(bareName) || (strict && !bareName.includes('.') && !OF_NETWORK.test(bareName))) return '[..]'
    return strict && digitsIn(name) > MOST_HOST_DIGITS ? '[..]' : bare
  }

  /** A URL or path without user-info, data segments, query values and fragment. */
  url(url: string): string {
    const [whole = ''] = url.trim().slice(0, LONGEST).split('#', 1)
    const mark = whole.indexOf('?')
    let front = mark < 0 ? whole : whole.slice(0, mark)
    const query = mark < 0 ? '' : this.query(whole.slice(mark + 1))
    const scheme = SCHEME.exec(front)?.[0]
    let host = ''
    if (scheme !== undefined) {
      const rest = front.slice(scheme.length)
      const slash = rest.indexOf('/')
      host = scheme + this.host(slash < 0 ? rest : rest.slice(0, slash))
      front = slash < 0 ? '' : rest.slice(slash)
    } else if (!front.includes('/')) {
      return this.#level === 'standard' && !front.includes('@') ? this.host(front) : '[..]'
    }
    return `${host}${this.path(front)}${query && `?${query}`}`
  }

  /** An absolute URL that somebody typed: of the host its domain stays, of the path known words. */
  foreign(url: string): string {
    const [front = ''] = this.url(url).split('?', 1)
    const scheme = SCHEME.exec(front)?.[0] ?? ''
    const [host = '', ...path] = front.slice(scheme.length).split('/')
    const labels = host.split('.')
    const shown = labels.map((label, at) => (at >= labels.length - 2 || MACHINE_WORDS.has(label) ? label : HOLE))
    return scheme + [shown.join('.'), ...path.map((part) => (this.#ownWord(part) ? part : HOLE))].join('/')
  }

  #ownWord(part: string): boolean {
    const plain = part === '' || part === HOLE || this.#words.has(part) || PLACEHOLDER.test(part)
    return plain || UUID.test(part) || VERSION.test(part) || knownWords(part)
  }

  /** `GET host.example` as streamed spans are named, or nothing when the text is no such name. */
  callName(text: string): string | undefined {
    const [method = '', host, ...rest] = text.split(' ')
    if (!METHODS.has(method) || rest.length > 0 || host?.includes('/')) return undefined
    return host === undefined ? method : `${method} ${this.host(host)}`
  }

  /** `GET /a/b` or `GET https://host/a` masked, or nothing when the text is no request line. */
  requestLine(text: string): string | undefined {
    const space = text.indexOf(' ')
    const rest = text.slice(space + 1)
    if (space < 0 || !METHODS.has(text.slice(0, space)) || !rest.includes('/') || rest.trim().includes(' ')) {
      return undefined
    }
    return `${text.slice(0, space)} ${this.url(rest)}`
  }
}

/** At standard: `ord_8f3k2`, `report-2024.pdf`, `a-17`; no unknown word beside a number. */
function slug(part: string): boolean {
  if (businessId(part)) return true
  const letters = part.match(/[A-Za-z]+/g) ?? []
  const plain = letters.every((word) => MACHINE_WORDS.has(word) || /^[a-z]{1,3}$/.test(word))
  return plain && SLUG.test(part) && digitsIn(part) <= MOST_SLUG_DIGITS
}

function digitsIn(text: string): number {
  return (text.match(/[0-9]/g) ?? []).length
}

/** `/1952/07/26`, of which each part alone is a short number. */
function hideBirths(parts: string[]): void {
  for (let at = 0; at + 2 < parts.length; at += 1) {
    const date = parts.slice(at, at + 3).join('/')
    if (YEAR.test(date) && birthShaped(date)) parts.fill(HOLE, at, at + 3)
  }
}
