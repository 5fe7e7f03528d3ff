/** What standard guesses where no key and no rule knows better (`guesses.py`). */

import { MACHINE_WORDS } from './catalogue'
import { name } from './checks'
import { verdict } from './keys'
import { bareHex, isAlpha, isRelease, machineValue, nameShaped, prose, TIMESTAMP_INSIDE } from './shapes'

const SYMBOL = /[!#$%^&*~?+|§]/
const MONTH = '(?:Jan|Feb|M[aä]r|Apr|Ma[iy]|Jun|Jul|Aug|Sep|O[ck]t|Nov|De[cz])[a-z]{0,6}\\.?'
const DAY_AND_MONTH = `[0-9]{1,2}\\.?[ -]${MONTH},?[ -]|${MONTH} [0-9]{1,2}(?:st|nd|rd|th)?,? `
const DATE_ONLY = new RegExp(
  `^(?:[0-9]{1,2}[./-][0-9]{1,2}[./-]|${DAY_AND_MONTH})?((?:19|20)[0-9]{2})` +
    '(?:[-/][0-9]{1,2}[-/][0-9]{1,2}|(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))?$',
)
const DATE_IN_WORDS = new RegExp(`(?<![\\p{L}\\p{N}_.-])(?:${DAY_AND_MONTH})(?:19|20)[0-9]{2}(?![\\p{L}\\p{N}_/-])`, 'gu')
const CALENDAR =
  /^(?:(?:[0-9]{2}){1,2}[./-](?:0?[1-9]|1[0-2])[./-](?:0?[1-9]|[12][0-9]|3[01])|[0-9]+\.[0-9]+|(?:0?[1-9]|[12][0-9]|3[01])[./-](?:0?[1-9]|[12][0-9]|3[01])[./-](?:[0-9]{2}){1,2})$/
const SHORT_BIRTH =
  /^(?:(?:0?[1-9]|[12][0-9]|3[01])[/-](?:0?[1-9]|[12][0-9]|3[01])[/-]([0-9]{2})|[0-9]{2}\.[0-9]{2}\.([0-9]{2}))$/
const SERIAL = /^(?=.*[A-Z])[A-Z0-9]{8,20}$/
const PLATE = /^(?:[A-Z]{1,3}-[0-9]{3,4}-[A-Z]{1,3}|[0-9]{3,4}-[A-Z]{2,3}-[0-9]{1,3}|[A-Z]{1,3}-[A-Z]{1,2} [0-9]{2,4}|[A-Z]{2}[0-9]{2} [A-Z]{3})$/
const NUMBERED = /^SN-[A-Z0-9]{3,12}(?:-[A-Z0-9]{3,12}){0,3}$/
const SIGN_IN = /^(\p{L}{2,30})\.(\p{L}{4,30})(?:-(\p{L}{2,30}))?[0-9]{0,4}$/u
const ACCOUNT = /^([a-z]{2,16})(?:\.([a-z]{4,20})|([A-Z][a-z]{3,16}))[0-9]{2,4}$/
const RANDOM = /^(?=.*[g-z])[a-z0-9]{20,40}$/
const MANY_TURNS = 5
const ABBREVIATED = /^(?:ISO|RFC|UTF|SHA|MD|HTTP|EC|RSA|AES|TLS|CVE|PEP|X|P|E)-?[0-9]{1,5}$/
const GROUPS_INSIDE = /(?<![\p{L}\p{N}_./:-])(?:[A-Z]{1,3}-[A-Z]{1,2} [0-9]{2,4}|[A-Z]{2}[0-9]{2} [A-Z]{3}|(?:[A-Z]{1,3} |[A-Z]{1,3}(?=[0-9]{3}))?[0-9]{1,6}(?:[ -][0-9]{1,6}){1,7}(?: [A-Z])?)(?![\p{L}\p{N}_/:-]|\.[0-9])/gu
/** Seven or eight digits by themselves; a count says behind it what it counts, or `of` how many. */
const RECORD_NUMBER =
  /(?<![\p{L}\p{N}_.:=/,#+'"([{<-])(?<![0-9] of )[1-9][0-9]{6,7}(?![\p{L}\p{N}_/:,'"-]|\.[0-9]| ?(?:%|[kKMGT]?i?B\b|[mun]?s\b|of\b|(?:byte|row|item|line|token|record|request|message|event|time|point|char)))/gu
const QUANTITY = /(?:total|amount|sum|pid|process|hash|seq|limit|max|min|height|length)[ :=]{1,2}$/
const HASHES = /commit|sha|hash|rev|digest|etag|build|release|version|checksum/
const LINKS = new Set(['', 'id', 'ids', 'no', 'nr', 'number', 'is', 'to', 'at', 'count', 'about'])
const INSIDE = /[=:'"<>{}()[\],;|&/]/
const PIECE = /[^=:'"<>{}()[\],;|&]+/g
const KEY_BEFORE = /[A-Za-z_][A-Za-z0-9_.-]{0,40}(?=['"]?[=:] ?['"([<]{0,2}$)/
const GROUPED = /^[0-9]{1,6}(?:[ ./-][0-9]{1,6}){1,7}[A-Z]?$/
const RECORD = /^[A-Z0-9]{1,20}(?:[ ./-][A-Z0-9]{1,20}){0,4}$/
const STANDARD = /^(?:[0-9]{8}T[0-9]{4,6}Z?|0[0-9A-HJKMNP-TV-Z]{25}|[0-9A-F]{32,64})$/
const EPOCH_SECONDS = /^1[4-8][0-9]{8}(?:[0-9]{3}){0,3}$/
const COUNTED =
  /(?:^|[^a-z])(?:order|invoice|job|task|batch|port|line|row|byte|offset|size|count|ms|page|item|build|event|request|retr|version|code|signal|http|exit|iso|rfc|release|index|shard|partition|chunk|attempt|step|try|took|after|in $)/
const TEN_DIGITS = /^1?[2-9][0-9]{9}$/
const EXCEPTION =
  /^(?:<?[A-Za-z_.]{0,60}(?:[Ee]rror|Exception|Group|Warning|Exit|Interrupt|Timeout|Iteration)(?:\(| [0-9]{3}: ['"])|[A-Z][A-Za-z_.]{1,60}\((['"])[^\n]{1,200} [^\n]{0,4000}\1\)$)/
const USER_ID = /^(?:[0-9]{1,19}|[A-Za-z][A-Za-z0-9]{0,11}[_:-]?[A-Za-z0-9_-]{0,40}[0-9][A-Za-z0-9_-]{0,20})$/
/** `txn_8Fq2Xy7Zk1`: what gave the id stands before it. */
const PREFIXED_ID = /^[a-z]{2,8}_[A-Za-z0-9]+$/
const MOST_DASHES = 2
const HOLE = '[..]'
const YOUNGEST = 12
const LONGEST_DATE = 22
const SENTENCE = 5
const TWO_LONG_WORDS = 16
const LONG_NUMBER = 9
const EDGES = /^[ '"():,.;\n]+|[ '"():,.;\n]+$/g

/**
 * One run of 6 to 64 characters with a sign that names and ids do not have and a digit, or whose kinds of characters
 * change places all the time.
 */
export function passwordShaped(text: string): boolean {
  if (text.length < 6 || text.length > 64 || /[ /=]|^[<{[(%$]/.test(text)) return false
  if (/^[A-Za-z0-9_-]+$/.test(text) && !PREFIXED_ID.test(text)) {
    const plain = text.replace(/[_-]/g, '')
    if (plain !== '' && text.length - plain.length <= MOST_DASHES) return /[0-9]/.test(plain) && isMixed(plain)
  }
  if (isRelease(text) || !SYMBOL.test(text) || !/\p{L}/u.test(text)) return false
  return /\p{Nd}/u.test(text) || isMixed(text)
}

/** Ten characters or more, of both cases, of which every second is of another kind than the one before. */
function isMixed(text: string): boolean {
  if (text.length < 10 || !/\p{Ll}/u.test(text) || !/\p{Lu}/u.test(text)) return false
  const runs = text.match(/\p{Nd}+|\p{Lu}+|(?:(?!\p{Lu})\p{L})+|[^\p{L}\p{Nd}]+/gu) ?? []
  return (runs.length - 1) * 2 >= text.length
}

/** A number of somebody's: capitals with four digits or more, groups of digits, or random characters; no date, no hash, no time. */
export function recordShaped(text: string): boolean {
  const digits = (text.match(/[0-9]/g) ?? []).length
  if (text.length < 6 || text.length > 40 || STANDARD.test(text)) return false
  const turns = (text.match(/[A-Z]+|[0-9]+/g) ?? []).length
  if (PLATE.test(text) || NUMBERED.test(text) || (digits > 2 && SERIAL.test(text) && turns > 3)) return true
  if (digits > 0 && RANDOM.test(text)) return (text.match(/[a-z]+|[0-9]+/g) ?? []).length >= MANY_TURNS
  if (digits < 4 || ABBREVIATED.test(text)) return false
  if (digits === text.length) return digits >= LONG_NUMBER && !EPOCH_SECONDS.test(text)
  if (GROUPED.test(text)) return digits >= 7 && !machineValue(text) && !CALENDAR.test(text)
  return RECORD.test(text) && !machineValue(text)
}

/** `first.last17`, `summerTiger93`: two words that are none of a machine's, and a number that made them unique. */
export function accountShaped(text: string): boolean {
  const match = ACCOUNT.exec(text)
  return match !== null && !match.slice(1).some((word?: string) => MACHINE_WORDS.has((word ?? '').toLowerCase()))
}

/** `first.last` and `first.last17`, of words that are none of a machine's. */
export function signInShaped(text: string): boolean {
  const match = SIGN_IN.exec(text)
  return match !== null && !match.slice(1).some((word?: string) => MACHINE_WORDS.has((word ?? '').toLowerCase()))
}

/** A date without time, long enough ago to be somebody's birth (GDPR art. 4(1)). */
export function birthShaped(text: string): boolean {
  if (text.length < 6 || text.length > LONGEST_DATE || text === '1970-01-01') return false
  const short = SHORT_BIRTH.exec(text)
  if (short) return (new Date().getFullYear() - Number(short[1] ?? short[2]) + 2_000) % 100 >= YOUNGEST
  const year = Number(DATE_ONLY.exec(text)?.[1] ?? 0)
  return year >= 1900 && year <= new Date().getFullYear() - YOUNGEST
}

/** The type in `ValueError('..')`: what an exception turned into text says repeats its message. */
export function exceptionType(text: string): string | undefined {
  return EXCEPTION.test(text) ? /[A-Za-z_.]+/.exec(text)?.[0] : undefined
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
  if (!counted && (recordShaped(text) || (!people && /^[0-9]{6,9}$/.test(text)))) return 'record'
  if (!counted && (text.length === 40 || text.length === 64) && bareHex(text)) return 'secret'
  if (!spaced && passwordShaped(text)) return 'secret'
  if (birthShaped(text)) return 'date'
  if (accountShaped(text)) return 'person'
  if ((people || spaced) && !/^\p{Ll}/u.test(text) && nameShaped(text) && name(text)) return 'person'
  if (!spaced || /=|":|^[<{[]/.test(text)) return ''
  const onlyWords = text.split(/\s+/).every(isAlpha)
  if (people && (prose(text) || (text.length >= TWO_LONG_WORDS && onlyWords))) return 'free_text'
  return text.split(' ').length >= SENTENCE && prose(text) ? 'free_text' : ''
}

/**
 * `text` without words that look like a password, a birth date or somebody's number, and without groups of digits. A
 * number behind a word of business (`order`, `took`) or an id's key stays.
 */
export function guessWords(text: string): string {
  if (!/\p{Nd}/u.test(text)) return text
  const dated = text.replace(DATE_IN_WORDS, (found) => (birthShaped(found) ? HOLE : found))
  const counted = dated.replace(RECORD_NUMBER, (found, at: number) => recordNumber(dated.slice(0, at), found))
  const grouped = counted.replace(GROUPS_INSIDE, (found, at: number) => {
    const plain = found.replace(/[^0-9A-Z]/g, '').length < 7 || CALENDAR.test(found) || behindBusiness(counted.slice(0, at))
    return plain ? found : HOLE
  })
  return grouped.replace(/[^ \t\r\n]+/g, (word, at: number) => guessedWord(grouped.slice(0, at), word))
}

/** A round number is a limit or an estimate, no number of somebody's. */
function recordNumber(before: string, found: string): string {
  const plain = found.endsWith('000') || behindBusiness(before) || QUANTITY.test(before.slice(-60).toLowerCase())
  return plain ? found : HOLE
}

function guessedWord(before: string, word: string): string {
  const bare = word.replace(EDGES, '')
  if (bare.length < 6 || !/[0-9]/.test(bare)) return word
  if (personal(bare)) return recordShaped(bare) && behindBusiness(before) ? word : word.replace(bare, HOLE)
  if (!(INSIDE.test(bare) || /^[0-9]+$/.test(bare)) || TIMESTAMP_INSIDE.test(bare)) return word
  return word.replace(bare, bare.replace(PIECE, (piece, at: number) => guessedPiece(before, bare.slice(0, at), piece)))
}

/** A part of a word such as `kfz=OVK-2361`; a key of the machine's speaks for its number. */
function guessedPiece(before: string, start: string, piece: string): string {
  if (piece.length < 6 || !/[0-9]/.test(piece)) return piece
  const key = KEY_BEFORE.exec((before + start).slice(-50))?.[0] ?? ''
  if (recordShaped(piece) || (key && /^[0-9]+$/.test(piece))) {
    const found = verdict(key)
    const counted = found.answer === 'harmless' || ['id', 'ids'].includes(found.last) || COUNTED.test(key.toLowerCase())
    return counted || behindBusiness(before) ? piece : HOLE
  }
  const hashed = longHash(piece) && !HASHES.test(key.toLowerCase())
  return hashed || [piece, ...piece.split('/')].some((part) => part.length > 5 && /[0-9]/.test(part) && personal(part)) ? HOLE : piece
}

function personal(text: string): boolean {
  return passwordShaped(text) || birthShaped(text) || TEN_DIGITS.test(text) || accountShaped(text) || recordShaped(text)
}

function longHash(text: string): boolean {
  return (text.length === 40 || text.length === 64) && bareHex(text)
}

/** Does the last word say what is counted, or the last but one with an `id` or `no.` behind it? */
function behindBusiness(before: string): boolean {
  let words = before.slice(-60).trim().toLowerCase().split(/\s+/).slice(-2)
  if (words.length > 1 && !LINKS.has((words[1] ?? '').replace(/^[:=#.]+|[:=#.]+$/g, ''))) words = words.slice(1)
  return COUNTED.test(`${words.join(' ')} `)
}
