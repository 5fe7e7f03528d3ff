/** Scrub any envelope item: one function for each type that may leave, each building a new payload. */

import { Pass, type Data, type Rules } from './pass'
import { isData, put, rows } from './payloads'
import { recording } from './recordings'
import { isRelease, machineWord } from './shapes'
import { exception, image } from './stacks'
import {
  BREADCRUMB_IDS,
  copyIds,
  EVENT_IDS,
  httpMethod,
  LOG_IDS,
  METRIC_IDS,
  operation,
  REPLAY_IDS,
  SAMPLING_IDS,
  selector,
  SESSION_IDS,
  SPAN_IDS,
  TRACE_IDS,
} from './structures'

const MOST_BREADCRUMBS = 100
/** Attributes that the SDK itself measures; their numbers are about the machine, and have at most ten digits. */
const MEASURED = /^(?:browser|cls|device|fcp|fid|http|inp|lcp|network|performance|sentry|ttfb)\./
const LARGEST = 9_999_999_999
const MOMENT_OF_LOADING = /^(?:browser\.)?performance\.time_?origin$/i
/** Attributes made of the page's address or of what people see on it. */
const OF_THE_ADDRESS = /^(?:params|query|url\.path\.parameter|url\.query)\./
const OF_AN_ELEMENT = /^(?:browser\.web_vital\.)?(?:cls|inp|lcp)\.(?:element|target|source\.[0-9]+)$/
/** What the SDK calls its spans where it knows no better. */
const SPAN_NAMES = new Set(
  (
    'Cache lookup,Click,Connect,DNS lookup,DOMContentLoaded event,Drag,Hover,Key press,Largest contentful paint,' +
    'Layout shift,Load event,Main UI thread blocked,Navigation,Pageload,Redirect,Request,Resource,Response,' +
    'TLS handshake,Unload event,first-contentful-paint,first-paint'
  ).split(','),
)

/** An error or a message. */
export function event(pass: Pass, raw: Data): Data {
  const out = copyIds(raw, EVENT_IDS)
  if (typeof raw.transaction === 'string') out.transaction = pass.name(raw.transaction)
  if (typeof raw.message === 'string') out.message = pass.text(raw.message)
  if (isData(raw.exception)) out.exception = { values: rows(raw.exception.values).map((error) => exception(pass, error)) }
  if (isData(raw.request)) put(out, 'request', request(pass, raw.request))
  if (isData(raw.user)) put(out, 'user', user(pass, raw.user))
  if (isData(raw.tags)) out.tags = pass.bag(raw.tags)
  if (isData(raw.contexts)) out.contexts = contexts(pass, raw.contexts)
  if (isData(raw.extra)) out.extra = pass.bag(raw.extra)
  if (raw.breadcrumbs) out.breadcrumbs = breadcrumbs(pass, raw.breadcrumbs)
  if (isData(raw.debug_meta)) out.debug_meta = { images: rows(raw.debug_meta.images).map(image) }
  if (isData(raw.sdk)) out.sdk = sdk(raw.sdk)
  return out
}

function request(pass: Pass, raw: Data): Data | undefined {
  const out: Data = {}
  if (typeof raw.url === 'string') out.url = pass.rules.addresses.url(raw.url)
  const agent = isData(raw.headers) ? raw.headers['User-Agent'] : undefined
  if (typeof agent === 'string' && !pass.rules.strict) out.headers = { 'User-Agent': pass.scan(agent) }
  return out
}

/** The id alone; what else is known about a user is learned, so that it goes from the rest of the item too. */
function user(pass: Pass, raw: Data): Data | undefined {
  for (const [key, cls] of [['username', 'person'], ['name', 'person'], ['email', 'email'], ['ip_address', 'network']] as const) {
    if (typeof raw[key] === 'string') pass.cover(raw[key], cls)
  }
  return raw.id === undefined || raw.id === null ? undefined : { id: pass.userId(raw.id) }
}

function contexts(pass: Pass, raw: Data): Data {
  const out: Data = {}
  for (const [name, value] of Object.entries(raw)) {
    if (!isData(value)) continue
    if (name === 'trace') out.trace = trace(pass, value)
    else if (name === 'replay') out.replay = copyIds(value, ['replay_id'])
    else out[pass.key(name)] = pass.bag(value)
  }
  return out
}

function trace(pass: Pass, raw: Data): Data {
  const out: Data = { ...copyIds(raw, TRACE_IDS), data: attributes(pass, raw.data) }
  put(out, 'op', operation(raw.op, pass.rules.strict))
  return out
}

function breadcrumbs(pass: Pass, raw: unknown): Data[] {
  const list = isData(raw) ? raw.values : raw
  return rows(list).slice(-MOST_BREADCRUMBS).map((row) => breadcrumb(pass, row))
}

function breadcrumb(pass: Pass, raw: Data): Data {
  const out = copyIds(raw, BREADCRUMB_IDS)
  const category = String(raw.category ?? '')
  if (category) out.category = operation(category, pass.rules.strict) ?? '[..]'
  if (category.startsWith('ui.')) return { ...out, message: selector(String(raw.message ?? '')) }
  if (typeof raw.message === 'string') out.message = pass.text(raw.message)
  // What was logged to the console stands in the message already, arguments are the same once more.
  if (isData(raw.data) && category !== 'console') out.data = addressed(pass, raw.data)
  return out
}

/** Data of a breadcrumb: of a call its method, of a navigation the addresses it went from and to. */
function addressed(pass: Pass, data: Data): Data {
  const { from, method, to, ...rest } = data
  const out = pass.bag(rest) as Data
  if (typeof method === 'string') out.method = httpMethod(method)
  if (typeof from === 'string') out.from = address(pass, from)
  if (typeof to === 'string') out.to = address(pass, to)
  return out
}

/** An address of the page; a word alone is none. */
function address(pass: Pass, text: string): string {
  return text.includes('/') ? pass.rules.addresses.url(text) : '[..]'
}

function sdk(raw: Data): Data {
  const settings = isData(raw.settings) ? copyIds(raw.settings, ['infer_ip']) : {}
  return { ...copyIds(raw, ['name', 'version']), settings }
}

/** Attributes of spans, logs and metrics: plain values, or `{ value, type }`. */
function attributes(pass: Pass, raw: unknown): Data {
  const out: Data = {}
  for (const [name, given] of Object.entries(isData(raw) ? raw : {})) {
    const typed = isData(given) && 'value' in given
    const value = attribute(pass, name, typed ? given.value : given)
    if (value === undefined) continue
    const kept = pass.key(name)
    // A number that may not leave has become a text.
    out[kept] = typed ? { value, type: typeof value === 'string' ? 'string' : given.type } : value
  }
  return out
}

function attribute(pass: Pass, name: string, value: unknown): unknown {
  if (OF_THE_ADDRESS.test(name)) return pass.rules.strict ? undefined : pass.leaf(name.slice(name.lastIndexOf('.') + 1), value)
  if (typeof value === 'string' && OF_AN_ELEMENT.test(name)) return selector(value)
  if (typeof value === 'number' && isMeasure(name, value)) return value
  if (name === 'sentry.name' || name === 'sentry.segment.name') return spanName(pass, value, '')
  return typeof value === 'object' && value !== null ? pass.bag(value, false, name) : pass.leaf(name, value)
}

function isMeasure(name: string, value: number): boolean {
  return MEASURED.test(name) && (Math.abs(value) <= LARGEST || MOMENT_OF_LOADING.test(name))
}

/** A batch of spans, which all belong to one trace. */
function spans(pass: Pass, raw: Data): Data {
  return { ...copyIds(raw, ['version']), items: rows(raw.items).map((row) => span(pass, row)) }
}

function span(pass: Pass, raw: Data): Data {
  const given = isData(raw.attributes) ? raw.attributes['sentry.op'] : undefined
  const op = String(isData(given) ? given.value : (given ?? ''))
  const out: Data = { ...copyIds(raw, SPAN_IDS), name: spanName(pass, raw.name, op), attributes: attributes(pass, raw.attributes) }
  if (Array.isArray(raw.links)) out.links = rows(raw.links).filter(isLink).map((link) => copyIds(link, ['trace_id', 'span_id', 'sampled']))
  return out
}

/** Code says what a span is linked to, and a card has as many digits as an id. */
function isLink({ span_id }: Data): boolean {
  return typeof span_id === 'string' && /[a-f]/.test(span_id)
}

/** The SDK's own names, and elements, after which it names interactions and layout shifts. */
function spanName(pass: Pass, value: unknown, op: string): string {
  if (typeof value !== 'string') return '<unnamed>'
  if (SPAN_NAMES.has(value)) return value
  if (/^ui\.(?:interaction|webvital)/.test(op)) return selector(value)
  return pass.name(value)
}

/** A batch of logs: bodies are free text. */
function logs(pass: Pass, raw: Data): Data {
  return batch(raw, (row) => ({ ...copyIds(row, LOG_IDS), body: pass.text(row.body), attributes: attributes(pass, row.attributes) }))
}

/** A batch of metrics: names are given in code, but held to the shape of a name; a number of somebody's is no measure. */
function metrics(pass: Pass, raw: Data): Data {
  const items = rows(raw.items).filter(({ value }) => typeof value === 'number' && Math.abs(value) <= LARGEST)
  return batch({ ...raw, items }, (row) => {
    const name = typeof row.name === 'string' && machineWord(row.name) ? pass.scan(row.name) : 'unnamed'
    return { ...copyIds(row, METRIC_IDS), name, attributes: attributes(pass, row.attributes) }
  })
}

function batch(raw: Data, scrub: (row: Data) => Data): Data {
  return { ...copyIds(raw, ['version']), items: rows(raw.items).map(scrub) }
}

/** A session: no hook of the SDK sees it. The device id is a user id; address and browser go. */
function session(pass: Pass, raw: Data): Data {
  const out = copyIds(raw, SESSION_IDS)
  if (raw.did !== undefined && raw.did !== null) out.did = pass.userId(raw.did)
  if (isData(raw.attrs)) out.attrs = copyIds(raw.attrs, ['release', 'environment'])
  return out
}

/** What the SDK itself lost: reasons and counts. */
function clientReport(_pass: Pass, raw: Data): Data {
  const lost = rows(raw.discarded_events).map((row) => copyIds(row, ['reason', 'category', 'quantity']))
  return { ...copyIds(raw, ['timestamp']), discarded_events: lost }
}

/** What a recording belongs to. */
function replayEvent(pass: Pass, raw: Data): Data {
  const urls = Array.isArray(raw.urls) ? raw.urls.map((url) => pass.rules.addresses.url(String(url))) : []
  return { ...copyIds(raw, REPLAY_IDS), urls, ...(isData(raw.user) ? { user: user(pass, raw.user) } : {}) }
}

const ITEMS: Record<string, (pass: Pass, raw: Data) => Data> = {
  event,
  span: spans,
  log: logs,
  trace_metric: metrics,
  session,
  client_report: clientReport,
  ...(REPLAY_IN_BUILD ? { replay_event: replayEvent } : {}),
}

/** A new payload for an item, or undefined when an item of this type may not leave. */
export function scrubbed(rules: Rules, type: string, payload: unknown): unknown {
  if (type.startsWith('replay_') && rules.level === 'hipaa') return undefined
  // The condition stands here as it is, so that the bundler can leave the code out.
  if (REPLAY_IN_BUILD && type === 'replay_recording') return recording(rules, payload)
  const scrub = ITEMS[type]
  if (scrub === undefined || !isData(payload)) return undefined
  const pass = new Pass(rules)
  return pass.finish(scrub(pass, payload))
}

/** What travels in the envelope's header; the name of the page's address once more. */
export function samplingContext(rules: Rules, raw: unknown): Data | undefined {
  if (!isData(raw)) return undefined
  const out = copyIds(raw, SAMPLING_IDS)
  if (typeof out.release === 'string' && !isRelease(out.release)) delete out.release
  if (typeof raw.transaction === 'string') out.transaction = new Pass(rules).name(raw.transaction)
  return out
}
