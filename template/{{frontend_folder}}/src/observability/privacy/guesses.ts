/** What standard guesses where no key and no rule knows better (`guesses.py`). */

import { name } from './checks'
import { isAlpha, nameShaped, prose } from './shapes'

const SYMBOL = /[!#$%^&*~?+|§]/
const DATE_ONLY = /^(?:[0-9]{1,2}[./-][0-9]{1,2}[./-])?((?:19|20)[0-9]{2})(?:-[0-9]{1,2}-[0-9]{1,2})?$/
const TEN_DIGITS = /^1?[2-9][0-9]{9}$/
const USER_ID = /^(?:[0-9]{1,19}|[A-Za-z][A-Za-z0-9]{0,11}[_:-]?[A-Za-z0-9_-]{0,40}[0-9][A-Za-z0-9_-]{0,20})$/
const YOUNGEST = 12
const SENTENCE = 5
const TWO_LONG_WORDS = 16
const EDGES = /^[ '"():,.;\n]+|[ '"():,.;\n]+$/g

/** One run of 6 to 64 characters with a letter, a digit and a sign that names and ids do not have. */
function passwordShaped(text: string): boolean {
  if (text.length < 6 || text.length > 64 || /[ /=]|^[<{[(%$]/.test(text)) return false
  return SYMBOL.test(text) && /\p{Nd}/u.test(text) && /\p{L}/u.test(text)
}

/** A date without time, long enough ago to be somebody's birth (GDPR art. 4(1)). */
function birthShaped(text: string): boolean {
  if (text.length < 8 || text.length > 10 || text === '1970-01-01') return false
  const year = Number(DATE_ONLY.exec(text)?.[1] ?? 0)
  return year >= 1900 && year <= new Date().getFullYear() - YOUNGEST
}

/** Digits, or a word with a digit such as `usr_17`. */
export function opaqueUserId(text: string): boolean {
  return USER_ID.test(text) && !birthShaped(text) && !TEN_DIGITS.test(text)
}

/**
 * Class that a value under an unknown key probably has, or an empty string.
 *
 * `people`: data that people typed, where two words are a name or a sentence.
 */
export function guess(text: string, people: boolean): string {
  if (text === '') return ''
  const spaced = text.includes(' ')
  if (!spaced) {
    if (passwordShaped(text)) return 'secret'
    if (birthShaped(text)) return 'date'
    if (TEN_DIGITS.test(text)) return 'phone'
  }
  if ((people || spaced) && !/^\p{Ll}/u.test(text) && nameShaped(text) && name(text)) return 'person'
  if (!spaced || /=|":|^[<{[]/.test(text)) return ''
  const onlyWords = text.split(/\s+/).every(isAlpha)
  if (people && (prose(text) || (text.length >= TWO_LONG_WORDS && onlyWords))) return 'free_text'
  return text.split(' ').length >= SENTENCE && prose(text) ? 'free_text' : ''
}

/** `text` with single words replaced that look like a password or a birth date. */
export function guessWords(text: string): string {
  if (!/\p{Nd}/u.test(text)) return text
  return text.split(' ').map((word) => {
    const bare = word.replace(EDGES, '')
    const personal = bare.length > 5 && (passwordShaped(bare) || birthShaped(bare) || TEN_DIGITS.test(bare))
    return personal ? word.replace(bare, '[..]') : word
  }).join(' ')
}
