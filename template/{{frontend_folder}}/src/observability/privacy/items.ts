/** Scrub any envelope item: one function for each type that may leave, each building a new payload. */

import { knownWords } from './machines'
import { Pass, type Data, type Rules } from './pass'
import { recording } from './recordings'
import { isRelease, machineWord } from './shapes'
import {
  BREADCRUMB_IDS,
  copyIds,
  EVENT_IDS,
  FRAME_IDS,
  functionName,
  LOG_IDS,
  MECHANISM_IDS,
  METRIC_IDS,
  REPLAY_IDS,
  SAMPLING_IDS,
  scriptAddress,
  selector,
  SESSION_IDS,
  SPAN_IDS,
  TRACE_IDS,
  typeName,
} from './structures'

const MOST_BREADCRUMBS = 100
/** Attributes that the SDK itself measures; their numbers are about the machine. */
const MEASURED = /^(?:browser|cls|device|fcp|fid|http|inp|lcp|network|performance|sentry|ttfb)\./
/** Attributes made of the page's address or of what people see on it. */
const OF_THE_ADDRESS = /^(?:params|query|url\.path\.parameter|url\.query)\./
const OF_AN_ELEMENT = /(?:^|[._])(?:element|target|source\.[0-9]+)$/

const isData = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value)
const rows = (value: unknown): Data[] => (Array.isArray(value) ? value.filter(isData) : [])

/** Keep `value` under `key` where there is one. */
function put(out: Data, key: string, value: unknown): void {
  if (value !== undefined && value !== null) out[key] = value
}

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

function exception(pass: Pass, raw: Data): Data {
  const out: Data = { type: typeName(raw.type), value: pass.text(raw.value ?? '') }
  if (isData(raw.mechanism)) out.mechanism = copyIds(raw.mechanism, MECHANISM_IDS)
  if (isData(raw.stacktrace)) out.stacktrace = { frames: rows(raw.stacktrace.frames).map((row) => frame(pass, row)) }
  return out
}

function frame(pass: Pass, raw: Data): Data {
  const out = copyIds(raw, FRAME_IDS)
  put(out, 'function', functionName(raw.function))
  const file = raw.filename
  if (typeof file === 'string') out.filename = scriptAddress(file) ?? pass.rules.addresses.url(file)
  return out
}

function image(raw: Data): Data {
  return { ...copyIds(raw, ['type', 'debug_id']), code_file: scriptAddress(raw.code_file) ?? '<anonymous>' }
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
    if (name === 'trace') out.trace = { ...copyIds(value, TRACE_IDS), data: attributes(pass, value.data) }
    else if (name === 'replay') out.replay = copyIds(value, ['replay_id'])
    else out[pass.key(name)] = pass.bag(value)
  }
  return out
}

function breadcrumbs(pass: Pass, raw: unknown): Data[] {
  const list = isData(raw) ? raw.values : raw
  return rows(list).slice(-MOST_BREADCRUMBS).map((row) => breadcrumb(pass, row))
}

function breadcrumb(pass: Pass, raw: Data): Data {
  const out = copyIds(raw, BREADCRUMB_IDS)
  const category = String(raw.category ?? '')
  if (category && !(machineWord(category) && (!pass.rules.strict || knownWords(category)))) out.category = '[..]'
  if (category.startsWith('ui.')) return { ...out, message: selector(String(raw.message ?? '')) }
  if (typeof raw.message === 'string') out.message = pass.text(raw.message)
  // What was logged to the console stands in the message already, arguments are the same once more.
  if (isData(raw.data) && category !== 'console') out.data = addressed(pass, raw.data)
  return out
}

/** Data of a breadcrumb; of a navigation the addresses it went from and to. */
function addressed(pass: Pass, data: Data): Data {
  const { from, to, ...rest } = data
  const out = pass.bag(rest) as Data
  if (typeof from === 'string') out.from = pass.rules.addresses.url(from)
  if (typeof to === 'string') out.to = pass.rules.addresses.url(to)
  return out
}

function sdk(raw: Data): Data {
  const settings = isData(raw.settings) ? copyIds(raw.settings, ['infer_ip']) : {}
  return { ...copyIds(raw, ['name', 'version', 'integrations']), settings }
}

/** Attributes of spans, logs and metrics: plain values, or `{ value, type }`. */
function attributes(pass: Pass, raw: unknown): Data {
  const out: Data = {}
  for (const [name, given] of Object.entries(isData(raw) ? raw : {})) {
    const typed = isData(given) && 'value' in given
    const value = attribute(pass, name, typed ? given.value : given)
    if (value === undefined) continue
    const kept = MEASURED.test(name) ? name : pass.key(name)
    // A number that may not leave has become a text.
    out[kept] = typed ? { value, type: typeof value === 'string' ? 'string' : given.type } : value
  }
  return out
}

function attribute(pass: Pass, name: string, value: unknown): unknown {
  if (OF_THE_ADDRESS.test(name)) return pass.rules.strict ? undefined : pass.leaf(name.slice(name.lastIndexOf('.') + 1), value)
  if (typeof value === 'string' && OF_AN_ELEMENT.test(name)) return selector(value)
  if (typeof value === 'number' && MEASURED.test(name)) return value
  if (name === 'sentry.name' || name === 'sentry.segment.name') return spanName(pass, value, '')
  return typeof value === 'object' && value !== null ? pass.bag(value, false, name) : pass.leaf(name, value)
}

/** A batch of spans, which all belong to one trace. */
function spans(pass: Pass, raw: Data): Data {
  return { ...copyIds(raw, ['version']), items: rows(raw.items).map((row) => span(pass, row)) }
}

function span(pass: Pass, raw: Data): Data {
  const given = isData(raw.attributes) ? raw.attributes['sentry.op'] : undefined
  const op = String(isData(given) ? given.value : (given ?? ''))
  const out: Data = { ...copyIds(raw, SPAN_IDS), name: spanName(pass, raw.name, op), attributes: attributes(pass, raw.attributes) }
  if (Array.isArray(raw.links)) out.links = rows(raw.links).map((link) => copyIds(link, ['trace_id', 'span_id', 'sampled']))
  return out
}

/** Interactions and layout shifts are named after elements, the browser's own phases by one word. */
function spanName(pass: Pass, value: unknown, op: string): string {
  if (typeof value !== 'string') return '<unnamed>'
  if (/^ui\.(?:interaction|webvital)/.test(op)) return selector(value)
  if (/^(?:browser|paint|ui\.long)/.test(op) && /^[A-Za-z/ -]{1,40}$/.test(value)) return value
  return pass.name(value)
}

/** A batch of logs: bodies are free text. */
function logs(pass: Pass, raw: Data): Data {
  return batch(raw, (row) => ({ ...copyIds(row, LOG_IDS), body: pass.text(row.body), attributes: attributes(pass, row.attributes) }))
}

/** A batch of metrics: names are given in code, but held to the shape of a name. */
function metrics(pass: Pass, raw: Data): Data {
  return batch(raw, (row) => {
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
  replay_event: replayEvent,
}

/** A new payload for an item, or undefined when an item of this type may not leave. */
export function scrubbed(rules: Rules, type: string, payload: unknown): unknown {
  if (type.startsWith('replay_') && rules.level === 'hipaa') return undefined
  if (type === 'replay_recording') return recording(rules.addresses, payload)
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
