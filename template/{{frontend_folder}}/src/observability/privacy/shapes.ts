/** Shapes of strings: what cannot be a word about a person, and what looks as if a person wrote it (`shapes.py`). */

const UUID_TEXT = '[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}'
const TIME_TEXT =
  '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?:Z|[ ]?[+-][0-9]{2}:?[0-9]{2})?'
const UNIT =
  '(?: ?(?:ms|us|ns|s|sec|seconds?|min|minutes?|h|hours?|d|days?|%|B|bytes?|kB|KB|MB|GB|KiB|MiB|GiB|x|px|rows?|items?|times|attempts?|retries))?'
/** "Ages over 89": 45 CFR 164.514(b)(2)(i)(C). */
const AGE = '(?:9[0-9]|1[01][0-9]|120)'
const NAME_WORD = "\\p{Lu}\\p{L}*(?:['’-]\\p{L}+)*\\.?"

export const UUID = whole(UUID_TEXT)
const TELLING_NUMBER = whole(`${AGE}|[0-9]{4}`)
const TIMESTAMP = whole(TIME_TEXT)
export const TIMESTAMP_INSIDE = new RegExp(TIME_TEXT)
const NUMBER = /^[+-]?[0-9]{1,4}(?:\.[0-9]{1,3})?(?:[eE][+-]?[0-9]{1,2})?$/
const HOLE = new RegExp(
  `^(?!${AGE}$)(?:[+-]?[0-9]{1,3}(?:\\.[0-9]{1,3})?${UNIT}|${UUID_TEXT}|${TIME_TEXT}|[^\\p{L}\\p{N}_]{0,8}|True|False|None|true|false|null|undefined)$`,
  'u',
)
const VERSION =
  /^v?(?:0|[1-9][0-9]{0,3})\.(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2}))?(?:[.-]?(?:a|b|rc|alpha|beta|dev|post)[.-]?[0-9]{0,3})?(?:\+[a-z0-9.]{1,12})?$/
const DAY = /^(?:0?[1-9]|[12][0-9]|3[01])\.(?:0?[1-9]|1[0-2])\.[0-9]{2,4}$/
const RELEASE = /^[a-z][a-z0-9_-]{0,39}@(?:[0-9][0-9a-z.+-]{0,59}|[0-9a-f]{7,40})$/
const HEX = /^(?:[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{7,12}|[0-9a-f]{64})$/
const TRACE = /^(?:[0-9a-f]{32}-[0-9a-f]{16}(?:-[01])?|00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})$/
const SLUG = /^(?:[A-Za-z][A-Za-z0-9]{0,11}(?:[_.:-][A-Za-z0-9]{1,12}){1,3}|[A-Za-z]{1,3}[0-9]{1,4})$/
export const BUSINESS_ID =
  /^(?:order|ord|evt|event|req|request|invoice|inv|product|prod|price|job|task|run|msg|batch|build|deploy|shipment|sku|cart)(?:[_#-][A-Za-z]{0,3}[0-9][A-Za-z0-9]{0,15}){1,3}$/
const WORD = /^[A-Za-z][A-Za-z0-9]*(?:[_./:-][A-Za-z0-9]+){0,8}$/
/** What stands in front of a family name. */
export const PARTICLES = '(?:(?:van|von|de|da|di|la|del|der|den|ten|ter|bin|ibn|al|el|le|zu|do|dos) ){0,2}'
const NAME_WORDS = `${NAME_WORD}(?:,? ${PARTICLES}${NAME_WORD}){0,4}`
const NAME = new RegExp(`^${NAME_WORDS}$`, 'u')
const LEADING_NAME = new RegExp(`^${NAME_WORDS}`, 'u')
const CONSTANTS = new Set(['True', 'False', 'None', 'true', 'false', 'null', 'undefined', ''])

function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`)
}

/** True for what cannot be a word: a short number, UUID, timestamp, version, hash, trace id, constant. */
export function machineValue(text: string): boolean {
  if (CONSTANTS.has(text)) return true
  if (text.length > 80 || !/[0-9]/.test(text) || (text.includes(' ') && !/^[0-9]/.test(text))) return false
  return (
    NUMBER.test(text) ||
    UUID.test(text) ||
    TIMESTAMP.test(text) ||
    (VERSION.test(text) && !DAY.test(text)) ||
    (HEX.test(text) && !/^[0-9]+$/.test(text)) ||
    TRACE.test(text)
  )
}

/** True for a bare number that may be somebody's age over 89, PIN or year. */
export function tellingNumber(text: string): boolean {
  return TELLING_NUMBER.test(text)
}

/** True for `ord_8f3k2`, `EU1` and order-like ids: short parts, digits among the letters, no long number. */
export function machineSlug(text: string): boolean {
  if (BUSINESS_ID.test(text)) return true
  const digits = (text.match(/[0-9]/g) ?? []).length
  return digits >= 1 && digits <= 4 && SLUG.test(text)
}

/** True for a run of hexadecimal digits, which may be a hash, a secret token or a licence (`d1234567`). */
export function bareHex(text: string): boolean {
  return /^(?:[0-9a-f]{7,128}|[0-9A-F]{16,128})$/.test(text)
}

/** True for one identifier (`charge_card`, `paid`, `text/html`), however it is separated. */
export function machineWord(text: string): boolean {
  return text.length <= 80 && WORD.test(text) && !/[0-9]{5}/.test(text)
}

/** True for `service@1.2.3` and for plain versions and hashes; a number alone is somebody's. */
export function isRelease(text: string): boolean {
  if (/^[0-9]+$/.test(text)) return false
  return RELEASE.test(text) || VERSION.test(text) || HEX.test(text)
}

/** May the filled-in part of a message stay at gdpr and hipaa? Judged as a whole. */
export function safeHole(text: string): boolean {
  return HOLE.test(text)
}

/** One to five capitalised words: `Zoë van Dijk`, `Schmidt, Anna`. Codes in capitals are not. */
export function nameShaped(text: string): boolean {
  const bare = text.trim()
  const code = bare === bare.toUpperCase() && !bare.includes(' ')
  return bare.length >= 2 && bare.length <= 80 && NAME.test(bare) && !code
}

/** The two to five capitalised words that `text` begins with (`ANNA SCHMIDT was refused`), or nothing. */
export function leadingName(text: string): string {
  const found = LEADING_NAME.exec(text)?.[0] ?? ''
  return found.includes(' ') ? found : ''
}

/** Three or more words, or two with a capital: something written for people. */
export function prose(text: string): boolean {
  if (!text.includes(' ')) return false
  const words = text.slice(0, 400).match(/\p{L}+/gu) ?? []
  return words.length >= 3 || (words.length === 2 && words.some((word) => /^\p{Lu}/u.test(word)))
}

/** Letters and nothing else. */
export function isAlpha(text: string): boolean {
  return /^\p{L}+$/u.test(text)
}
