/** The scrubbing of one item: texts, nested data, names, ids; the browser's half of `texts.py` and `data.py`. */

import type { Level } from '../level'
import { saidByCode } from '../words'
import { browserMessage } from './browser-messages'
import { ATTRIBUTES, MARKERS, MEASURES, openKeys, TECHNICAL_NAMES } from './catalogue'
import { name as namesSomebody } from './checks'
import { accountShaped, exceptionType, guess, guessWords, opaqueUserId, passwordShaped, recordShaped, signInShaped } from './guesses'
import { rowName, sensitiveKey, verdict, type Verdict } from './keys'
import { rewriteLabelled } from './labels'
import { Learned } from './learned'
import { decoded, formPairs, isForm, parsedJson, rewritePairs } from './pairs'
import { businessId, knownWords, shortId } from './machines'
import { bareHex, isAlpha, isRelease, leadingName, machineValue, machineWord, nameShaped, tellingNumber } from './shapes'
import { httpMethod, operation } from './structures'
import { Addresses } from './urls'
import { ValueRules } from './values'

export type Data = Record<string, unknown>

const DENIED = '[..]'
const CUT = '[cut]'
const MESSAGE = 8_192
const DEPTH = 20
const NODES = 5_000
const NESTED_STRINGS = 3
const PEOPLE_KEYS = new Set('query query_params params form body data json args kwargs arguments'.split(' '))
/** Their values come from a list in code: short words, at most a number of three digits. */
const LISTED = new Set('status state kind level mode phase stage outcome severity priority role'.split(' '))
const UNITS = new Set('us ms ns min max at per free days hours seen kb mb gb used'.split(' '))
const HASHED = /^(?:ids?|uuid|guid|hash|sha|digest|commit|etag|checksum|fingerprint|trace|span|parent|revision|rev|version|release|request|correlation)$/
const URL_IN_TEXT = /(?:https?|ftps?|wss?|s3|gs|file):\/\/[^\s"'<>|\\,;)}\]]{0,2000}[^\s"'<>|\\,;)}\].:!?]/gi
/** `Key (email)=(..) already exists`: PostgreSQL shows the row that was in the way. */
const OF_ROW = /(?<=\)=\()(?:[^()]|\([^()]{0,200}\)){1,2000}/g
const PATH_IN_TEXT = /(?<![\p{L}\p{N}_:/.<>{}])\/(?:[^\s/?&=:'"<>(){},;|]{1,80}\/){1,20}[^\s/?&=:'"<>(){},;|]{0,80}/gu
const LONG = 2_000
const MOST_DIGITS = 4
/** A short number or one plain word, in which neither a rule nor a guess finds anything. */
const EASY = /^(?:-?[0-9]{1,5}(?:\.[0-9]{1,3})?|True|False|None|'?[a-z_]{1,15}'?)$/
const PATH = /^(?:\/[^/ \t\r\n?&=:]{1,80}){2,20}$/
const NOTHING = new Set(['', 'none', 'null', 'undefined', 'true', 'false', '***', '?', '...'])
const MARKER_TEXTS = new Set(Object.values(MARKERS))
const PSEUDONYM = /^u-[0-9a-f]{32}$/
const ZERO_WIDTH = /\u200B|\u200C|\u200D|\u2060|\uFEFF|\u00AD/g

/** What all items of one level share. */
export class Rules {
  readonly level: Level
  readonly strict: boolean
  readonly values: ValueRules
  readonly addresses: Addresses
  readonly open: Set<string>

  constructor(level: Level) {
    this.level = level
    this.strict = level !== 'standard'
    this.values = new ValueRules(level)
    this.addresses = new Addresses(level)
    this.open = openKeys(level)
  }
}

/** One item: what it learns under sensitive keys is removed from the rest of it by `finish`. */
export class Pass {
  readonly rules: Rules
  readonly #learned = new Learned()
  #nodes = NODES
  #nested = 0

  constructor(rules: Rules) {
    this.rules = rules
  }

  /** Free text of a sink of its own: at gdpr and hipaa only what the code or the browser said. */
  text(value: unknown): string {
    if (typeof value !== 'string') return DENIED
    if (!this.rules.strict) return guessWords(this.scan(value))
    const safe = safeText(value)
    if (safe !== undefined) return this.rules.values.scan(safe, true)
    return machineValue(value) && !bareHex(value) && !tellingNumber(value) ? value : DENIED
  }

  /** Value rules over text at any level, through encodings and embedded structure. */
  scan(value: string): string {
    if (value.length < 4) return value
    const text = value.length > MESSAGE ? value.slice(0, MESSAGE) + CUT : value
    if (isForm(text)) return this.#form(text)
    const plain = decoded(text).normalize('NFKC').replace(ZERO_WIDTH, '')
    const cleaned = this.#scanPlain(plain)
    return cleaned === plain ? text : cleaned
  }

  #scanPlain(value: string): string {
    if (this.#nested < NESTED_STRINGS && (value.includes(':') || value.startsWith('['))) {
      const parsed = parsedJson(value)
      if (parsed !== undefined) {
        this.#nested += 1
        const cleaned = spaced(this.bag(parsed, true))
        this.#nested -= 1
        return cleaned === spaced(parsed) ? value : cleaned
      }
    }
    if (isForm(value)) return this.#form(value)
    const { addresses, strict, values } = this.rules
    const rows = value.replace(OF_ROW, DENIED)
    const pathless = strict ? rows : rows.replace(PATH_IN_TEXT, (path) => addresses.path(path))
    const addressed = pathless.replace(URL_IN_TEXT, (url) => addresses.foreign(url))
    const text = /[:=]/.test(addressed) ? rewritePairs(addressed, this.#pair, interest) : addressed
    return values.scan(rewriteLabelled(text, this.#pair, interest))
  }

  #form(value: string): string {
    return formPairs(value).map(([name, text]) => `${this.key(name)}=${String(this.leaf(name, text, true))}`).join('&')
  }

  /** Judge of `key=value` inside a text: the marker, or undefined to leave the pair. */
  readonly #pair = (key: string, value: string): string | undefined => {
    const found = verdict(key)
    const bare = value.trim().replace(/^\\+|\\+$/g, '').replace(/^['"]+|['"]+$/g, '')
    if (NOTHING.has(bare.toLowerCase())) return undefined
    if (MARKER_TEXTS.has(bare)) return value
    const quoted = /^\\*['"]/.test(value)
    if (found.answer === 'name' && !(quoted ? personalName(bare) : nameShaped(bare)) && !signInShaped(bare)) {
      const first = value.split(' ', 1)[0] ?? ''
      const named = quoted ? '' : leadingName(value) || (signInShaped(first) ? first : '')
      return named && namesSomebody(named) ? this.cover(named, found.cls) + value.slice(named.length) : undefined
    }
    if (found.cls === 'user' && !this.rules.strict) return undefined
    const quote = /^['"]/.exec(value)?.[0] ?? ''
    return quote + this.cover(bare, found.cls) + quote
  }

  /** The marker of `cls` in place of `value`, which is learned. */
  cover(value: string, cls: string): string {
    const marker = MARKERS[cls] ?? DENIED
    if (cls === 'user' && PSEUDONYM.test(value)) return value
    this.#learned.teach(value, marker, cls === 'person')
    return marker
  }

  /** Any JSON value. `people`: data that people typed. */
  bag(value: unknown, people = false, key = '', depth = 0): unknown {
    this.#nodes -= 1
    if (this.#nodes < 0 || depth > DEPTH) return CUT
    if (Array.isArray(value)) return this.#list(value, people, key, depth)
    if (typeof value !== 'object' || value === null) return this.leaf(key, value, people)
    const named = rowName(value as Data)
    const rows = Object.entries(value).map(([name, item]) => {
      return [this.key(name), this.#entry(name === 'value' ? named || name : name, item, people, depth)]
    })
    return Object.fromEntries(rows)
  }

  #entry(name: string, item: unknown, people: boolean, depth: number): unknown {
    const nested = typeof item === 'object' && item !== null
    return nested ? this.#container(name, item, people, depth) : this.leaf(name, item, people)
  }

  #list(list: unknown[], people: boolean, key: string, depth: number): unknown[] {
    const [name, value] = list
    // A pair of key and value, as in raw headers.
    if (list.length === 2 && typeof name === 'string' && sensitiveKey(name)) {
      return [name, this.#entry(name, value, people, depth)]
    }
    return list.slice(0, NODES).map((item) => this.bag(item, people, key, depth + 1))
  }

  #container(name: string, item: object, people: boolean, depth: number): unknown {
    const found = verdict(name)
    if (found.answer === 'sensitive') return this.#covered(item, found.cls, depth + 1)
    return this.bag(item, people || PEOPLE_KEYS.has(name.toLowerCase()), name, depth + 1)
  }

  /** Everything below a sensitive key: keys stay, values go and are learned. */
  #covered(value: unknown, cls: string, depth: number): unknown {
    this.#nodes -= 1
    if (this.#nodes < 0 || depth > DEPTH) return CUT
    if (Array.isArray(value)) return value.slice(0, 100).map((item) => this.#covered(item, cls, depth + 1))
    if (typeof value === 'object' && value !== null) {
      const rows = Object.entries(value).map(([name, item]) => [this.key(name), this.#covered(item, verdict(name).cls || cls, depth + 1)])
      return Object.fromEntries(rows)
    }
    return value === null || value === undefined || typeof value === 'boolean' || value === '' ? value : this.cover(String(value), cls)
  }

  /** A key may carry data as well: only identifiers stay at gdpr and hipaa, values never. */
  key(name: string): string {
    const digits = (name.match(/\p{Nd}/gu) ?? []).length
    if (digits > MOST_DIGITS || recordShaped(name) || accountShaped(name) || passwordShaped(name)) return DENIED
    const capital = this.rules.strict && capitalised(name)
    if (/^[A-Za-z_][A-Za-z0-9_]{0,79}$/.test(name) && !capital) return this.rules.values.scan(name)
    if (this.rules.strict) {
      const known = verdict(name).answer !== 'unknown' && name.length <= 40 && !nameShaped(name)
      return (name.length <= 80 && machineWord(name) && !capital) || known ? this.rules.values.scan(name) : DENIED
    }
    const cleaned = this.rules.values.scan(name.slice(0, 200))
    return cleaned.includes(' ') && nameShaped(cleaned) ? DENIED : cleaned
  }

  /** A name that code gave to a class or a function, or undefined where a long number or what a rule finds is in it. */
  ofCode(name: string): string | undefined {
    return (name.match(/[0-9]/g) ?? []).length <= MOST_DIGITS && this.rules.values.scan(name) === name ? name : undefined
  }

  /** One value under one key: by grammar, by sensitive key, by default deny or by guess, in this order. */
  leaf(key: string, value: unknown, people = false): unknown {
    if (typeof value === 'number') return this.number(key, value)
    if (value === null || value === undefined || typeof value === 'boolean' || value === '') return value
    if (typeof value !== 'string') return DENIED
    const kind = ATTRIBUTES.get(key.toLowerCase())
    if (kind !== undefined && kind !== 'plain') return this.attribute(kind, value)
    const found = verdict(key)
    if (found.answer === 'sensitive') {
      return found.cls !== 'user' || this.rules.strict ? this.#covered(value, found.cls, 0) : this.userId(value)
    }
    if (this.rules.addresses.trusted(value)) return value
    return this.rules.strict ? this.#knownOrDenied(value, found, kind === 'plain') : this.#guessed(value, people, found)
  }

  /** A value whose key says how it is read: URL, query, name, user id; what has no use in a browser is denied. */
  attribute(kind: string, value: string): string {
    // A word alone may be a host, or whatever somebody calls a target.
    if (kind === 'url') return value.includes('/') ? this.rules.addresses.url(value) : this.scan(this.rules.addresses.url(value))
    if (kind === 'query') return this.rules.addresses.query(value)
    if (kind === 'host') return this.rules.addresses.host(value)
    if (kind === 'name') return this.name(value)
    if (kind === 'text') return this.text(value)
    if (kind === 'user') return this.userId(value)
    if (kind === 'method') return httpMethod(value)
    if (kind === 'operation') return operation(value, this.rules.strict) ?? DENIED
    return DENIED
  }

  /** Default deny: shapes that cannot be a word, words of machines, and releases under keys that are open. */
  #knownOrDenied(value: string, found: Verdict, plain: boolean): string {
    const { level, open, addresses, values } = this.rules
    const said = saidByCode(value)
    if (said !== undefined) return values.scan(said, true)
    if (value.includes(' ') && !/^[0-9]/.test(value)) return DENIED
    const measured = plain || MEASURES.has(found.last)
    const opened = plain || open.has(found.words) || (level === 'gdpr' && open.has(found.last))
    if (tellingNumber(value) && !measured) return DENIED
    if (machineValue(value)) return !bareHex(value) || opened || HASHED.test(found.last) ? value : DENIED
    if (this.#ofMachine(value, found, opened)) return value
    if (opened && value.startsWith('/')) return addresses.path(value)
    const ofSdk = plain && machineWord(value) && !capitalised(value) && !accountShaped(value)
    return opened && (isRelease(value) || ofSdk) ? values.scan(value) : DENIED
  }

  /**
   * Words and ids of machines: any under a key that describes the machine, under any other key below hipaa only what
   * a single name cannot be.
   */
  #ofMachine(value: string, found: Verdict, opened: boolean): boolean {
    if (opened || found.answer === 'harmless' || TECHNICAL_NAMES.has(found.last)) {
      return knownWords(value) || businessId(value) || shortId(value)
    }
    return this.rules.level !== 'hipaa' && (knownWords(value, true) || businessId(value))
  }

  /** Standard: value rules, and guesses where nothing is known about the key. */
  #guessed(value: string, people: boolean, found: Verdict): string {
    if (EASY.test(value) && !this.rules.values.named.has(value.replace(/^'|'$/g, ''))) return value
    const thrown = exceptionType(value)
    if (thrown !== undefined) return `${thrown}(..)`
    if (found.answer === 'name' && (personalName(value) || signInShaped(value))) return this.cover(value, 'person')
    const listed = found.answer === 'harmless' && LISTED.has(found.last) && /(?:\p{Nd}\P{Nd}*){4}/u.test(value)
    if (found.answer === 'unknown' || found.answer === 'name' || UNITS.has(found.last) || listed) {
      if (value.length > LONG) return guessWords(this.scan(value))
      if (PATH.test(value)) return this.rules.addresses.path(value)
      const cls = guess(value, people, HASHED.test(found.last))
      if (cls) return this.cover(value, cls)
      const cleaned = this.scan(value)
      return value.includes(' ') || (people && !HASHED.test(found.last)) ? guessWords(cleaned) : cleaned
    }
    return this.scan(value)
  }

  /** A number: sensitive by key, or too long to be a measure under a key that nobody knows. */
  number(key: string, value: number): unknown {
    const found = verdict(key)
    if (found.answer === 'sensitive' && (found.cls !== 'user' || this.rules.strict)) return this.cover(String(value), found.cls)
    const measured = this.rules.strict ? MEASURES.has(found.last) : found.answer === 'harmless'
    if (measured || ATTRIBUTES.has(key.toLowerCase())) return value
    if (this.rules.strict) {
      const short = Math.abs(value) < 1_000 && !tellingNumber(String(value)) && (Number.isInteger(value) || Math.abs(value) < 1 || Number(value.toFixed(3)) === value)
      return short ? value : DENIED
    }
    return Number.isInteger(value) && value > 10_000_000 && this.rules.values.scan(String(value)) !== String(value)
      ? this.rules.values.scan(String(value))
      : value
  }

  /** The id of a user: opaque at standard, above it only the pseudonym that the API made. */
  userId(value: unknown): string {
    const text = String(value)
    if (this.rules.strict) return this.cover(text, 'user')
    return machineValue(text) || opaqueUserId(text) ? this.rules.values.scan(text) : this.cover(text, 'user')
  }

  /** Name of a page, span or transaction: a route pattern, a request line with a masked path, or nothing. */
  name(value: unknown): string {
    if (typeof value !== 'string') return '<unnamed>'
    const { addresses, strict } = this.rules
    if (addresses.trusted(value)) return value
    const line = addresses.requestLine(value) ?? addresses.callName(value)
    if (line !== undefined) return line
    if (/^(?:https?:\/)?\//.test(value)) return addresses.url(value)
    if (strict) return safeText(value) ?? '<unnamed>'
    return ['', 'free_text'].includes(guess(value, false, false)) ? guessWords(this.scan(value)) : DENIED
  }

  /** A finished item without anything that was learned on the way through it. */
  finish<T>(item: T): T {
    return this.#unlearned(item) as T
  }

  #unlearned(value: unknown): unknown {
    if (typeof value === 'string') return this.#learned.remove(value)
    if (Array.isArray(value)) return value.map((item) => this.#unlearned(item))
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [this.#learned.remove(name), this.#unlearned(item)]))
  }
}

function capitalised(text: string): boolean {
  return /^\p{Lu}\p{Ll}*$/u.test(text)
}

/** What of a message may leave at gdpr and hipaa: what the code or the browser said. */
function safeText(text: string): string | undefined {
  return saidByCode(text) ?? browserMessage(text)
}

function interest(key: string): [string, boolean] {
  const found = verdict(key)
  return [found.cls, found.answer === 'sensitive']
}

/** JSON on one line, with blanks as Python writes it; a string in JSON has no line break. */
function spaced(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(/,\n */g, ', ').replace(/\n */g, '')
}

/** Under a key that expects a person: capitalised words, or plain words with a space. */
function personalName(text: string): boolean {
  if (nameShaped(text)) return true
  return text.includes(' ') && text.length <= 80 && [...text].every((char) => isAlpha(char) || " .,'’-".includes(char))
}
