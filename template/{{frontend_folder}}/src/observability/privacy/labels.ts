/**
 * A label beside its value with no sign of a pair between them: `chart_number 399-16-687`, `town Ulm`,
 * `('diagnosis', 'asthma')` (`labels.py`).
 */

import { MACHINE_WORDS } from './catalogue'
import { name } from './checks'
import { sensitiveKey } from './keys'
import { NUMBERS, type Interest, type Judge } from './pairs'
import { nameShaped, PARTICLES } from './shapes'

const FIELD =
  /(?<![\p{L}\p{N}_.])([a-z]{2,20}(?:_[a-z0-9]{1,20}){1,4}|[a-z]{2,20}(?:[A-Z][a-z0-9]{1,20}){1,4}) ([^\s=:,;"'([{][^\s,;"]{2,100}(?: \p{Lu}[^\s,;"]{1,40}){0,3})/gu
const SIGN_IN = /^\p{L}{2,30}(?:\.\p{L}{2,30}){1,2}[0-9]{0,4}$/u
/** In a sentence a value is found by its capitals and digits, and its label in front of it. */
const VALUE = new RegExp(
  `(?<=[a-z] )(?:\\p{Lu}\\p{L}{2,30}(?: ${PARTICLES}\\p{Lu}\\p{L}{2,30}){0,2}(?![\\p{L}\\p{N}_-])` +
    '|[A-Z0-9][A-Z0-9./-]{0,24}(?: [A-Z0-9./-]{0,24}[0-9][A-Z0-9/-]{0,24}){0,3}(?![\\p{L}\\p{N}_-]))',
  'gu',
)
const LABEL = /(?<![\p{L}\p{N}_.-])(?:[a-z]{2,20} ){1,3}$/u
const LONGEST_LABEL = 60
const LEAST_DIGITS = 4
const ROW =
  /(?:\b(?:name|key|field|label|id|code)=(?<quote>['"])(?<named>[A-Za-z][A-Za-z0-9_.-]{0,60})\k<quote>, (?:value|val|content|answer|input|data)=|\((?<mark>['"])(?<first>[A-Za-z][A-Za-z0-9_.-]{0,60})\k<mark>, )(?<value>'(?:[^'\\]|\\.){1,400}'|"(?:[^"\\]|\\.){1,400}"|[0-9][0-9.]{0,40})/g

/** `text` without what stands behind the name of a field, behind a label in plain words, or beside the label in a row. */
export function rewriteLabelled(text: string, judge: Judge, interest: Interest): string {
  if (!text.includes(' ')) return text
  const fields = text.replace(FIELD, (whole, key: string, value: string) => field(whole, key, value, judge, interest))
  const values = fields.replace(VALUE, (value, at: number) => judgedValue(fields.slice(0, at), value, judge, interest))
  return values.replace(ROW, (whole, ...found) => {
    const { named, first, value = '' } = found.at(-1) as Record<string, string | undefined>
    const key = named ?? first ?? ''
    const replacement = sensitiveKey(key) ? judge(key, value) : undefined
    return replacement === undefined ? whole : whole.slice(0, whole.length - value.length) + replacement
  })
}

function field(whole: string, key: string, value: string, judge: Judge, interest: Interest): string {
  const [cls, certain] = interest(key)
  const named = cls === 'person' && /^\p{Lu}/u.test(value)
  const told = named || cls === 'address' ? value : (value.split(' ', 1)[0] ?? value)
  const signsIn = cls === 'person' && SIGN_IN.test(told)
  if (!certain || !(named || signsIn || /\p{Nd}/u.test(told))) return whole
  const replacement = judge(key, told)
  return replacement === undefined ? whole : `${key} ${replacement}${value.slice(told.length)}`
}

/** Numbers behind the label of a number, capitalised words behind that of a person or a place. */
function judgedValue(before: string, value: string, judge: Judge, interest: Interest): string {
  const words = (LABEL.exec(before.slice(-LONGEST_LABEL))?.[0] ?? '').split(' ').filter(Boolean)
  for (let size = words.length; size > 0; size -= 1) {
    const key = words.slice(-size).join(' ')
    const [cls, certain] = interest(key)
    if (!certain) continue
    const number = NUMBERS.has(cls) && value.replace(/[^0-9]/g, '').length >= LEAST_DIGITS
    const isName = nameShaped(value) && name(value) > 0 && !MACHINE_WORDS.has(value.toLowerCase())
    const named = (cls === 'person' || cls === 'address') && isName
    return (number || named ? judge(key, value) : undefined) ?? value
  }
  return value
}
