/**
 * Recordings, rebuilt from what makes a page look as it did: kinds of elements, layout and movement.
 *
 * Texts and fields are masked where they are made, and here once more. Of attributes only those stay that change how
 * something looks. The format is rrweb's; what it gets in a later version does not leave until it is named here.
 */

import { Pass, type Data, type Rules } from './pass'
import { isData, rows } from './payloads'
import { style, styled, stylesheet } from './stylesheets'
import { TAGS } from './tags'

const DOCUMENT = 0
const DOCTYPE = 1
const ELEMENT = 2
const TEXT = 3

/** Moves, clicks, scrolling, sizes, touches, media, drags and selections: numbers alone. */
const MOVEMENTS = new Set([1, 2, 3, 4, 6, 7, 12, 14])
const MASKED = new Set(['placeholder', 'value'])
const KEPT = new Set(
  (
    'checked colspan cols dir disabled height hidden media multiple open readonly rel rowspan rows rr_height ' +
    'rr_mediaState rr_scrollLeft rr_scrollTop rr_width selected size type width wrap'
  ).split(' '),
)
const WORDS = new Set(
  (
    'all auto button checkbox color date datetime-local email false file hidden image ltr month number password paused ' +
    'played print radio range reset rtl screen search stylesheet submit tel text text/css time true url week'
  ).split(' '),
)
const SIZE = /^(?:[0-9]{1,5}(?:\.[0-9]{1,6})?(?:px|r?em|%)?)?$/

/** A recording (a line of headers, then events) at its level, or undefined when it cannot be read. */
export function recording(rules: Rules, payload: unknown): string | undefined {
  if (typeof payload !== 'string') return undefined
  const end = payload.indexOf('\n')
  const headers: unknown = JSON.parse(payload.slice(0, end))
  const events = rows(JSON.parse(payload.slice(end + 1)))
  const run = new Recording(rules)
  const kept = events.map((event) => run.event(event)).filter((event) => event !== undefined)
  return `${JSON.stringify(numbers(headers))}\n${JSON.stringify(kept)}`
}

class Recording {
  readonly #rules: Rules
  readonly #pass: Pass

  constructor(rules: Rules) {
    this.#rules = rules
    this.#pass = new Pass(rules)
  }

  /** One event, or undefined: what the SDK adds of calls and the console is in the events of the page, scrubbed. */
  event({ type, timestamp, data }: Data): Data | undefined {
    const made = isData(data) ? this.#data(type, data) : undefined
    return made && { type, timestamp: Number(timestamp), data: made }
  }

  #data(type: unknown, data: Data): Data | undefined {
    const { href, node, payload, tag } = data
    if (type === 0 || type === 1) return {}
    if (type === 2 && isData(node)) return { initialOffset: numbers(data.initialOffset), node: this.#node(node) }
    if (type === 3) return this.#change(data)
    if (type === 4) return { ...scalars(data), href: this.#rules.addresses.url(String(href)) }
    return type === 5 && tag === 'options' ? { tag, payload: numbers(payload) } : undefined
  }

  #change(data: Data): Data | undefined {
    const plain = numbers(data) as Data
    const { source } = plain
    if (MOVEMENTS.has(source as number)) return plain
    if (source === 0) return { ...plain, ...this.#mutation(data) }
    if (source === 5) return { ...plain, text: stars(data.text) }
    if (source === 8) return { ...plain, ...this.#sheet(data), adds: this.#rulesOf(data.adds) }
    if (source === 13) return { ...plain, ...this.#declaration(data) }
    if (source !== 15) return undefined
    return { ...plain, styles: each(data.styles, (sheet) => ({ rules: this.#rulesOf(sheet.rules) })) }
  }

  #mutation({ adds, attributes, texts }: Data): Data {
    return {
      adds: each(adds, ({ node }) => ({ node: isData(node) ? this.#node(node) : undefined })),
      attributes: each(attributes, (row) => ({ attributes: this.#attributes(row.attributes) })),
      texts: each(texts, ({ value }) => ({ value: stars(value) })),
    }
  }

  #node(raw: Data): Data {
    const out = scalars(raw)
    if (raw.type === DOCTYPE) return { ...out, name: 'html', publicId: '', systemId: '' }
    if (raw.type === TEXT) return { ...out, textContent: raw.isStyle === true ? this.#css(raw.textContent) : stars(raw.textContent) }
    if (raw.type !== DOCUMENT && raw.type !== ELEMENT) return { ...out, textContent: '' }
    const childNodes = rows(raw.childNodes).map((node) => this.#node(node))
    if (raw.type === DOCUMENT) return { ...out, childNodes }
    const tag = String(raw.tagName)
    return { ...out, tagName: TAGS.has(tag.toLowerCase()) ? tag : 'span', attributes: this.#attributes(raw.attributes), childNodes }
  }

  #attributes(raw: unknown): Data {
    const all = Object.entries(isData(raw) ? raw : {}).map(([name, value]) => [name, this.#attribute(name, value)] as const)
    return Object.fromEntries(all.filter(([, value]) => value !== undefined))
  }

  #attribute(name: string, value: unknown): unknown {
    if (name === 'style' && isData(value)) return this.#properties(value)
    if (name === 'class' && typeof value === 'string') return this.#classes(value)
    if (name === 'style' && typeof value === 'string') return style(this.#rules.values, value)
    if (name === '_cssText') return this.#css(value)
    // A link looks like one only with an address.
    if (name === 'href' && typeof value === 'string') return '#'
    if (MASKED.has(name) && typeof value === 'string') return stars(value)
    if (!KEPT.has(name)) return undefined
    return typeof value !== 'string' || SIZE.test(value) || WORDS.has(value) ? numbers(value) ?? value : undefined
  }

  #classes(value: string): string {
    return value.split(/\s+/).filter((name) => this.#pass.key(name) === name).join(' ')
  }

  /** Changed properties: a value, a value with its priority, or `false` for one that is gone. */
  #properties(raw: Data): Data {
    const kept = Object.entries(raw).filter(([name, value]) => {
      const [text] = Array.isArray(value) ? (value as unknown[]) : [value]
      return typeof text !== 'string' || styled(name, text)
    })
    return Object.fromEntries(kept.map(([name, value]) => [this.#css(name), this.#property(value)]))
  }

  #property(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((part) => this.#property(part))
    return typeof value === 'string' ? this.#css(value) : numbers(value)
  }

  #declaration({ set, remove }: Data): Data {
    const row = isData(set) ? set : undefined
    const kept = row && styled(String(row.property), String(row.value))
    const part = (from: unknown): Data => Object.fromEntries(Object.entries(isData(from) ? from : {}).map(([key, text]) => [key, this.#css(text)]))
    return { ...(kept ? { set: part(set) } : {}), ...(remove ? { remove: part(remove) } : {}) }
  }

  #sheet({ replace, replaceSync }: Data): Data {
    return { ...(replace ? { replace: this.#css(replace) } : {}), ...(replaceSync ? { replaceSync: this.#css(replaceSync) } : {}) }
  }

  #rulesOf(raw: unknown): Data[] {
    return each(raw, ({ index, rule }) => ({ index: numbers(index), rule: this.#css(rule) }))
  }

  #css(text: unknown): string {
    return typeof text === 'string' ? stylesheet(this.#rules.values, text) : ''
  }
}

/** Numbers, switches and nothings of any JSON; a text is undefined. */
function numbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(numbers)
  if (isData(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, numbers(inner)]))
  return typeof value === 'string' ? undefined : value
}

/** The numbers and switches of a row, without what is nested in it. */
function scalars(row: Data): Data {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value === null || typeof value === 'number' || typeof value === 'boolean'))
}

/** New rows: the numbers and switches of the old ones, and what `rest` makes of everything else. */
function each(raw: unknown, rest: (row: Data) => Data): Data[] {
  return rows(raw).map((row) => Object.assign(scalars(row), rest(row)))
}

function stars(text: unknown): string {
  return typeof text === 'string' ? text.replace(/\S/g, '*') : ''
}
