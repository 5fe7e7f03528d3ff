/** Values that only machines make: words of the catalogue and ids that say what they count (`shapes.py`). */

import { MACHINE_WORDS } from './catalogue'
import { BUSINESS_ID } from './shapes'

const PARTS = /[_./:-]|(?<=[a-z])(?=[A-Z])/
const SHORT_PART = /^(?:[A-Za-z]{1,2}|v?[0-9]{1,3})$/
const UNIT_PART = /^(?=[0-9]*[a-z])(?:[a-z]{0,3}[0-9]{1,3}){1,4}[a-z]{0,3}$/

/** True for ids whose first part says what is counted (`order-2024-00017`): no run of nine digits. */
export function businessId(text: string): boolean {
  return BUSINESS_ID.test(text) && !/[0-9]{9}/.test(text)
}

/** True for `t-17` and `eu_4`. */
export function shortId(text: string): boolean {
  return /^[a-z]{1,3}[_-][0-9]{1,4}$/.test(text)
}

/**
 * True for a value made of words of machines alone, with short codes and numbers between them: `in_transit`,
 * `orders.v1`, `api-7f9c`, `de-DE`.
 *
 * A unit behind a known word may mix letters and digits, but holds no word of its own. `compound`: a word alone is
 * not enough; otherwise a locale (`de-DE`) is as good.
 */
export function knownWords(text: string, compound = false): boolean {
  if (text.length > 80 || (text.match(/[0-9]/g) ?? []).length > 8) return false
  const parts = text.split(PARTS)
  let named = false
  for (const [at, part] of parts.entries()) {
    if (MACHINE_WORDS.has(part.toLowerCase())) named = true
    else if (!SHORT_PART.test(part) && !(at > 0 && named && UNIT_PART.test(part))) return false
  }
  return compound ? named && parts.length > 1 : named || /^[a-z]{2}(?:[-_][A-Za-z]{2})?$/.test(text)
}
