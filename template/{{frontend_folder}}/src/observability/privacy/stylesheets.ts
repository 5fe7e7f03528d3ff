/** What a page looks like, without what somebody wrote: CSS of recordings. */

import type { ValueRules } from './values'

const COMMENT = /\/\*[^]*?(?:\*\/|$)/g
const ADDRESS = /url\((?:"[^"]*"|'[^']*'|[^)"'])*\)/gi
const STRING = /"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'/g
/** A sign, or the number of one: `→`, `\f101`. */
const SIGN = /^.(?:\\[0-9a-f]{1,6} ?|[^\p{L}\p{N}]{0,2}).$/iu
const MEASURE = /^(?:[+-]?[0-9.]{1,8}(?:[a-z]{1,4}|%)?|#[0-9a-f]{3,8})$/i

/** CSS without addresses, texts and comments, and without each piece in which a rule finds something. */
export function stylesheet(values: ValueRules, css: string): string {
  const bare = css
    .replace(COMMENT, '')
    .replace(ADDRESS, 'url()')
    .replace(STRING, (text) => (SIGN.test(text) ? text : '""'))
  return bare.split(/([{};])/).map((piece) => (values.scan(piece) === piece ? piece : '')).join('')
}

/** The style of one element; of its variables, whose values code fills in, only measures and colours. */
export function style(values: ValueRules, css: string): string {
  const declarations = stylesheet(values, css).split(';')
  return declarations.filter((one) => styled(...(one.split(':', 2) as [string, string?]))).join(';')
}

/** May an element have this value of this property? */
export function styled(property: string, value = ''): boolean {
  return !property.trim().startsWith('--') || MEASURE.test(value.trim())
}
