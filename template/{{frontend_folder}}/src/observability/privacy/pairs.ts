/** Text that carries structure: JSON in a string, forms, `key=value` in a sentence (`pairs.py`). */

const KEY = /(?<![\p{L}\p{N}_])([\p{L}_][\p{L}\p{N}_.-]{0,60})\\?["']?[ ]?(?:=>?|:)/gu
const WORDS_BEFORE = /[A-Za-z][a-z]{1,11}(?: [a-z]{2,12})? $/
const BARE_END = /[,;&|\r\n)}\]"']/g
const BARE_SPACE = /[ ,;&|\t\r\n)}\]"']/g
const NEXT_KEY = / [A-Za-z_][A-Za-z0-9_.-]{0,40}(?:=|: )/
const CALL = /[A-Za-z_.]{2,40}\(/y
/** Numbers are written in groups: `CH95 0305 1624`, `(641) 555-0142`. */
const GROUPS = /[^ ,;&|\t\r\n}\]"']*(?: [A-Z0-9.()/+-]*[0-9][A-Z0-9.()/-]*| [A-Z]{2,6}(?= [0-9]))*/y
/** `Bearer xyz`, `Digest username=..`, `MyScheme 1a2b`: what follows the scheme is the credential. */
const SCHEME = new RegExp(
  '(?:[A-Za-z][A-Za-z0-9-]{2,20} +([A-Za-z]{1,20}=)' +
    '|(?:apikey|basic|bearer|digest|negotiate|token) {1,3}[^ ,;&|\\t\\r\\n)}\\]"\']{1,4000}' +
    '|[A-Za-z][A-Za-z0-9-]{2,20} +[^ ,;&|\\t\\r\\n)}\\]"\'=]{0,400}[0-9][^ ,;&|\\t\\r\\n)}\\]"\']{0,400})',
  'iy',
)
const FORM = /^[A-Za-z0-9_.\-[\]%+]{1,80}=[^&\s]{0,4000}(?:&[A-Za-z0-9_.\-[\]%+]{1,80}=[^&\s]{0,4000}){0,200}$/
const FARTHEST = 2_000

export const NUMBERS = new Set(['record', 'card', 'phone'])
const SENTENCES = new Set(['address', 'health', 'free_text', 'date'])
/** Other classes whose bare values go on behind a blank. */
const SPACED = new Set(['person', 'special', 'money'])

/** (key, value) -> replacement, or undefined to leave it and look inside. */
export type Judge = (key: string, value: string) => string | undefined
/** key -> its class when a value behind it may have to go, and whether that is certain. */
export type Interest = (key: string) => [cls: string, certain: boolean]

/** The object or list that `text` is, or undefined. */
export function parsedJson(text: string): object | undefined {
  const bare = text.trim()
  if (!/^(?:\{[^]*\}|\[[^]*\])$/.test(bare)) return undefined
  try {
    const value = JSON.parse(bare) as object
    return Object.keys(value).length > 0 ? value : undefined
  } catch {
    return undefined
  }
}

/** `text` with percent escapes resolved, twice at most. */
export function decoded(text: string): string {
  let plain = text
  for (let round = 0; round < 2 && /%[0-9A-Fa-f]{2}/.test(plain); round += 1) plain = unquote(plain)
  return plain
}

/** Percent escapes resolved where they are UTF-8; others become the replacement character. */
function unquote(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    const bytes = run.slice(1).split('%').map((pair) => Number.parseInt(pair, 16))
    return new TextDecoder().decode(new Uint8Array(bytes))
  })
}

function unquotePlus(text: string): string {
  return unquote(text.replaceAll('+', ' '))
}

/** A whole string of `a=b&c=d`; a single pair is left to `rewritePairs`. */
export function isForm(text: string): boolean {
  return text.includes('&') && text.includes('=') && FORM.test(text)
}

/** Decoded names and values of a form or query string. */
export function formPairs(text: string): [name: string, value: string][] {
  return text.split('&').slice(0, 200).map((piece) => {
    const at = piece.indexOf('=')
    const name = at < 0 ? piece : piece.slice(0, at)
    return [unquotePlus(name), at < 0 ? '' : unquotePlus(piece.slice(at + 1))]
  })
}

/** `text` with the values of keys that `judge` replaces. */
export function rewritePairs(text: string, judge: Judge, interest: Interest): string {
  let out = ''
  let done = 0
  let place = 0
  for (;;) {
    KEY.lastIndex = place
    const match = KEY.exec(text)
    if (match === null) break
    const behind = match.index + match[0].length
    let start = behind
    while (text[start] === ' ') start += 1
    let key = match[1] ?? ''
    let [cls, certain] = interest(key)
    if (!certain && match.index > 2 && text[match.index - 1] === ' ') {
      const before = WORDS_BEFORE.exec(text.slice(Math.max(place, match.index - 26), match.index))
      if (before && interest(before[0] + key)[1]) {
        key = before[0] + key
        ;[cls, certain] = interest(key)
      }
    }
    const first = text[start]
    if (!cls || first === undefined || text.startsWith('//', start) || (!certain && '[{('.includes(first))) {
      place = behind
      continue
    }
    const end = valueEnd(text, start, cls)
    const replacement = end > start ? judge(key, text.slice(start, end)) : undefined
    if (replacement === undefined) {
      place = behind
      continue
    }
    out += text.slice(done, start) + replacement
    done = place = end
  }
  return done === 0 ? text : out + text.slice(done)
}

/** Where a value of class `cls` ends: at its closing quote or bracket, or where values of its class end. */
function valueEnd(text: string, start: number, cls: string): number {
  const first = text[start] ?? ''
  if (first === '"' || first === "'") return quoteEnd(text, start, first)
  if (first === '\\' && ['"', "'"].includes(text[start + 1] ?? '')) {
    const close = text.indexOf(text.slice(start, start + 2), start + 2)
    return close >= 0 ? close + 2 : text.length
  }
  if (NUMBERS.has(cls)) return numberEnd(text, start)
  if ('[{('.includes(first)) return bracketEnd(text, start)
  CALL.lastIndex = start
  if (CALL.test(text)) return bracketEnd(text, CALL.lastIndex - 1)
  if (SENTENCES.has(cls)) return sentenceEnd(text, start)
  if (SPACED.has(cls)) {
    const end = delimitedEnd(text, start, BARE_END)
    const following = NEXT_KEY.exec(text.slice(start, end))
    return following ? start + following.index : end
  }
  SCHEME.lastIndex = start
  const scheme = cls === 'secret' ? SCHEME.exec(text) : null
  if (scheme) return scheme[1] === undefined ? SCHEME.lastIndex : lineEnd(text, start)
  return delimitedEnd(text, start, BARE_SPACE)
}

function delimitedEnd(text: string, start: number, delimiter: RegExp): number {
  delimiter.lastIndex = start
  return delimiter.exec(text)?.index ?? text.length
}

function numberEnd(text: string, start: number): number {
  const bounded = text.slice(0, start + FARTHEST)
  GROUPS.lastIndex = start
  const end = start + (GROUPS.exec(bounded)?.[0].length ?? 0)
  return text[end - 1] === ')' && !text.slice(start, end).includes('(') ? end - 1 : end
}

function lineEnd(text: string, start: number): number {
  const line = text.slice(start, start + FARTHEST).search(/[\r\n]/)
  return line < 0 ? Math.min(text.length, start + FARTHEST) : start + line
}

/** Sentences and addresses have commas: they end at the line, the next key or a bracket. */
function sentenceEnd(text: string, start: number): number {
  let end = lineEnd(text, start)
  const following = NEXT_KEY.exec(text.slice(start, end))
  if (following) {
    end = start + following.index
    if (',;|'.includes(text[end - 1] ?? ' ')) end -= 1
  }
  let depth = 0
  for (let place = start; place < end; place += 1) {
    const char = text[place] ?? ''
    if ('[{('.includes(char)) depth += 1
    else if (']})'.includes(char) && --depth < 0) return place
  }
  return end
}

function quoteEnd(text: string, start: number, quote: string): number {
  const farthest = Math.min(text.length, start + FARTHEST)
  for (let place = start + 1; place < farthest; place += 1) {
    if (text[place] === '\\') place += 1
    else if (text[place] === quote) return place + 1
  }
  return farthest
}

function bracketEnd(text: string, start: number): number {
  const farthest = Math.min(text.length, start + FARTHEST)
  let depth = 0
  for (let place = start; place < farthest; place += 1) {
    const char = text[place] ?? ''
    if ('[{('.includes(char)) depth += 1
    else if (']})'.includes(char) && --depth === 0) return place + 1
  }
  return farthest
}
