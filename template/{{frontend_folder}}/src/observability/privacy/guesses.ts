/** What standard guesses where no key and no rule knows better (`guesses.py`). */

import { name } from './checks'
import { bareHex, isAlpha, isRelease, machineValue, nameShaped, prose } from './shapes'

const SYMBOL = /[!#$%^&*~?+|§]/
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\\.?'
const DATE_ONLY = new RegExp(
  `^(?:[0-9]{1,2}[./-][0-9]{1,2}[./-]|[0-9]{1,2}\\.?[ -]${MONTH}[ -]|${MONTH} [0-9]{1,2},? )?((?:19|20)[0-9]{2})` +
    '(?:[-/][0-9]{1,2}[-/][0-9]{1,2}|(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))?$',
)
const CALENDAR = /^(?:[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}|[0-9]+\.[0-9]+)$/
const GROUPED = /^[0-9]{1,6}(?:[ ./-][0-9]{1,6}){1,5}[A-Z]?$/
const RECORD = /^[A-Z0-9]{1,20}(?:[ ./-][A-Z0-9]{1,20}){0,4}$/
const STANDARD = /^(?:[0-9]{8}T[0-9]{4,6}Z?|0[0-9A-HJKMNP-TV-Z]{25}|[0-9A-F]{32,64})$/
const EPOCH_SECONDS = /^1[4-9][0-9]{8}(?:[0-9]{3}){0,3}$/
const BUSINESS =
  /order|invoice|job|task|batch|port|line|row|byte|offset|size|count|ms|page|item|build|event|request|retr|version|code|signal|http|exit|iso|rfc|release|index|shard|partition|chunk|attempt|step|try|took|after|in $/
const TEN_DIGITS = /^1?[2-9][0-9]{9}$/
const EXCEPTION = /^[A-Za-z_.]{1,60}(?:Error|Exception|Group|Warning|Exit|Interrupt|Timeout)\(/
const USER_ID = /^(?:[0-9]{1,19}|[A-Za-z][A-Za-z0-9]{0,11}[_:-]?[A-Za-z0-9_-]{0,40}[0-9][A-Za-z0-9_-]{0,20})$/
const YOUNGEST = 12
const SENTENCE = 5
const TWO_LONG_WORDS = 16
const LONG_NUMBER = 9
const EDGES = /^[ '"():,.;\n]+|[ '"():,.;\n]+$/g

/** One run of 6 to 64 characters with a letter, a digit and a sign that names and ids do not have. */
function passwordShaped(text: string): boolean {
  if (text.length < 6 || text.length > 64 || /[ /=]|^[<{[(%$]/.test(text)) return false
  if (/^[A-Za-z0-9]+$/.test(text)) return scrambled(text)
  return !isRelease(text) && SYMBOL.test(text) && /\p{Nd}/u.test(text) && /\p{L}/u.test(text)
}

/** Ten characters or more in which small letters, capitals and digits change places all the time. */
function scrambled(text: string): boolean {
  if (text.length < 10 || !/[0-9]/.test(text) || !/[a-z]/.test(text) || !/[A-Z]/.test(text)) return false
  const turns = (text.match(/[a-z](?![a-z])|[A-Z](?![A-Z])|[0-9](?![0-9])/g) ?? []).length - 1
  return turns * 2 >= text.length
}

/** A number of somebody's: capitals with four digits or more, or groups of digits; no date, no hash, no time. */
function recordShaped(text: string): boolean {
  const digits = (text.match(/[0-9]/g) ?? []).length
  if (text.length < 6 || text.length > 40 || digits < 4 || STANDARD.test(text)) return false
  if (digits === text.length) return digits >= LONG_NUMBER && !EPOCH_SECONDS.test(text)
  if (GROUPED.test(text)) return digits >= 7 && !machineValue(text) && !CALENDAR.test(text)
  return RECORD.test(text) && !machineValue(text)
}

/** A date without time, long enough ago to be somebody's birth (GDPR art. 4(1)). */
function birthShaped(text: string): boolean {
  if (text.length < 8 || text.length > 18 || text === '1970-01-01') return false
  const year = Number(DATE_ONLY.exec(text)?.[1] ?? 0)
  return year >= 1900 && year <= new Date().getFullYear() - YOUNGEST
}

/** The type in `ValueError('..')`: what an exception turned into text says repeats its message. */
export function exceptionType(text: string): string | undefined {
  return EXCEPTION.test(text) ? text.slice(0, text.indexOf('(')) : undefined
}

/** Digits, or a word with a digit such as `usr_17`. */
export function opaqueUserId(text: string): boolean {
  return USER_ID.test(text) && !birthShaped(text) && !TEN_DIGITS.test(text)
}

/**
 * Class that a value under an unknown key probably has, or an empty string.
 *
 * `people`: data that people typed, where two words are a name or a sentence. `counted`: its key is an id of
 * something, which may be a long number or a hash.
 */
export function guess(text: string, people: boolean, counted: boolean): string {
  if (text === '') return ''
  const spaced = text.includes(' ')
  if (TEN_DIGITS.test(text)) return 'phone'
  if (!counted && recordShaped(text)) return 'record'
  if (!counted && (text.length === 40 || text.length === 64) && bareHex(text)) return 'secret'
  if (!spaced && passwordShaped(text)) return 'secret'
  if (birthShaped(text)) return 'date'
  if ((people || spaced) && !/^\p{Ll}/u.test(text) && nameShaped(text) && name(text)) return 'person'
  if (!spaced || /=|":|^[<{[]/.test(text)) return ''
  const onlyWords = text.split(/\s+/).every(isAlpha)
  if (people && (prose(text) || (text.length >= TWO_LONG_WORDS && onlyWords))) return 'free_text'
  return text.split(' ').length >= SENTENCE && prose(text) ? 'free_text' : ''
}

/** `text` with single words replaced that look like a password, a birth date or somebody's number. */
export function guessWords(text: string): string {
  if (!/\p{Nd}/u.test(text)) return text
  const words = text.split(' ')
  return words.map((word, at) => {
    const bare = word.replace(EDGES, '')
    if (bare.length < 6 || !/[0-9]/.test(bare)) return word
    const number = recordShaped(bare)
    if (number && BUSINESS.test(`${words.slice(Math.max(0, at - 2), at).join(' ')} `.toLowerCase())) return word
    return number || passwordShaped(bare) || birthShaped(bare) || TEN_DIGITS.test(bare) ? word.replace(bare, '[..]') : word
  }).join(' ')
}
