/**
 * Arithmetic behind the value rules: a card has a checksum, a date is no telephone number (`checks.py`).
 *
 * Each check answers how many characters of the match are the value: 0 means "not one".
 */

import { AFTER_SECRET, NOT_NAMES } from './catalogue'
import { isAlpha } from './shapes'

export type Check = (text: string) => number

const DATE =
  /(?<![0-9])(?:[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}|[0-9]{4}-[0-9]{2}-[0-9]{2}|0[0-9]{2,3}-[0-9]{2}-[0-9]{2})(?![0-9])/
const HASH = /^(?:[0-9a-f]{32,40}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/
const BUSINESS_ID =
  /^(?:order|ord|evt|event|req|request|pi|ch|in|inv|prod|price|job|task|run|msg|txn|trace|span|build|deploy|rel)[_-][A-Za-z0-9]{4,40}$/
const ULID = /^0[0-9A-HJKMNP-TV-Z]{25}$/

function digitsOf(text: string): string {
  return text.replace(/[^0-9]/g, '')
}

/** ISO/IEC 7812-1 annex B. */
function luhn(digits: string): boolean {
  let total = 0
  for (let place = 0; place < digits.length; place += 1) {
    const value = Number(digits[digits.length - 1 - place]) * (place % 2 ? 2 : 1)
    total += value > 9 ? value - 9 : value
  }
  return total % 10 === 0
}

/** A brand's prefix and length, then Luhn (PCI DSS 3.4). */
function card(text: string): number {
  const digits = digitsOf(text)
  const size = digits.length
  const two = Number(digits.slice(0, 2))
  const four = Number(digits.slice(0, 4))
  const brand =
    (digits[0] === '4' && [13, 16, 19].includes(size)) ||
    (size === 16 && ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720))) ||
    (size === 15 && (two === 34 || two === 37)) ||
    ((size === 16 || size === 19) && (four === 6011 || [62, 64, 65].includes(two))) ||
    (size === 14 && ([36, 38, 39].includes(two) || (four >= 3000 && four <= 3059))) ||
    (size === 16 && four >= 3528 && four <= 3589) ||
    (size >= 12 && size <= 19 && (two === 50 || (two >= 56 && two <= 58) || two === 63 || two === 67) && text !== digits)
  return brand && luhn(digits) ? text.length : 0
}

/** No area 000, 666 or 9xx, no group 00, no serial 0000 (SSA). */
function ssn(text: string): number {
  const real = !['000', '666'].includes(text.slice(0, 3)) && text.slice(4, 6) !== '00' && text.slice(7) !== '0000'
  return real && text[3] === text[6] ? text.length : 0
}

/** The longest prefix of 15 to 34 characters whose ISO 7064 remainder is 1. UUIDs and hashes are ids. */
function iban(text: string): number {
  if (HASH.test(text)) return 0
  const compact: string[] = []
  const ends: number[] = []
  for (let place = 0; place < text.length; place += 1) {
    const char = text[place] ?? ''
    if (char === ' ' || char === '-') continue
    compact.push(char.toUpperCase())
    ends.push(place + 1)
  }
  for (let size = Math.min(34, compact.length); size > 14; size -= 1) {
    const turned = [...compact.slice(4, size), ...compact.slice(0, 4)]
    const number = turned.map((char) => Number.parseInt(char, 36)).join('')
    let rest = 0
    for (const digit of number) rest = (rest * 10 + Number(digit)) % 97
    if (rest === 1) return ends[size - 1] ?? 0
  }
  return 0
}

/** 7 to 15 digits that are not a calendar date. */
function phone(text: string): number {
  const count = digitsOf(text).length
  return count >= 7 && count <= 15 && text.search(DATE) !== 0 ? text.length : 0
}

/** A dotted quad; loopback and unspecified addresses tell nobody's place. */
function ipv4(text: string): number {
  const parts = text.split('.')
  if (parts.some((part) => Number(part) > 255 || (part.length > 1 && part.startsWith('0')))) return 0
  return parts[0] === '127' || text === '0.0.0.0' ? 0 : text.length
}

/** A full or shortened address, not a time of day or a C++ name. */
function ipv6(text: string): number {
  const halves = text.split('::')
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  if (halves.length > 2 || groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return 0
  if (halves.length === 1 ? groups.length !== 8 : groups.length > 7) return 0
  const numbers = groups.map((group) => Number.parseInt(group, 16))
  const isLocal = numbers.slice(0, -1).every((number) => number === 0) && (numbers.at(-1) ?? 0) <= 1
  return isLocal || text.length < 5 ? 0 : text.length
}

/** The part after the at sign has a dot and ends in letters; `service@1.2.3` is a release. */
function email(text: string): number {
  const at = text.lastIndexOf('@')
  const trimmed = text.slice(at + 1).replace(/[.!?*_-]+$/, '')
  const last = trimmed.slice(trimmed.lastIndexOf('.') + 1)
  if (at < 1 || !trimmed.includes('.') || last.length < 2 || !isAlpha(last)) return 0
  return at + 1 + trimmed.length
}

/** At least four digits, and no calendar date. */
function record(text: string): number {
  return digitsOf(text).length < 4 || DATE.test(text) ? 0 : text.length
}

/** A code with a stop, such as E11.9; `V12.3 ` without words behind it may be a version. */
function icd(text: string): number {
  return 'VR'.includes(text[0] ?? '-') && text.length < 8 ? 0 : text.length
}

/** Key shapes without any digit are words of a program (`api_keyring_backend`). */
function hasDigit(text: string): number {
  return /[0-9]/.test(text) || text.length > 40 ? text.length : 0
}

/** Not an ordinary word: a digit, a sign, both cases, or a length that no word has. */
function tokenish(text: string): number {
  const bare = text.replace(/[.,;:!?)\]}]+$/, '')
  if (bare.length < 3 || AFTER_SECRET.has(bare.toLowerCase()) || '%[<{'.includes(bare[0] ?? '%')) return 0
  const plain = /^(?:\p{Ll}+|\p{Lu}\p{Ll}*|\p{Lu}+)$/u.test(bare)
  if (plain && bare.length < 20) return 0
  return bare.split(/[_.-]/).every((part) => /^\p{Ll}+$/u.test(part)) && bare.length < 40 ? 0 : bare.length
}

/** Letters of both cases and digits change places too often for a word, a path, a UUID, a ULID or an order id. */
function random(text: string): number {
  const bare = text.replace(/^[=\-_+/~]+|[=\-_+/~]+$/g, '')
  if (BUSINESS_ID.test(bare) || ULID.test(bare) || bare.length < 20) return 0
  if (bare.split('/').length > 3 && bare.length < 40) return 0
  const seen = [0, 0, 0, 0]
  let turns = 0
  let before = 0
  const start = bare.slice(0, 200)
  for (const char of start) {
    const now = /[a-z]/.test(char) ? 1 : /[A-Z]/.test(char) ? 2 : /[0-9]/.test(char) ? 3 : 0
    seen[now] = (seen[now] ?? 0) + 1
    if (now !== before) turns += 1
    before = now
  }
  const [, lower = 0, upper = 0, digit = 0] = seen
  if (lower && upper && digit >= 2) return turns * 10 >= start.length * 3 ? text.length : 0
  if (digit && (lower || upper) && turns * 10 >= start.length * 4) return /^[0-9a-fA-F-]+$/.test(bare) ? 0 : text.length
  return 0
}

/** Capitalised words that are not words of the machinery. */
export function name(text: string): number {
  const words = text.split(/\s+/)
  return words.some((word) => NOT_NAMES.has(word.replace(/^[.,]+|[.,]+$/g, ''))) ? 0 : text.length
}

export const CHECKS: Record<string, Check> = {
  card,
  ssn,
  iban,
  phone,
  ipv4,
  ipv6,
  email,
  record,
  icd,
  'has-digit': hasDigit,
  tokenish,
  random,
  name,
}
