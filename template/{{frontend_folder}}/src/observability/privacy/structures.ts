/** What each kind of payload may contain: allow-lists of keys whose values are ids, times or places in code. */

import type { Data } from './pass'

export const EVENT_IDS = ['event_id', 'timestamp', 'start_timestamp', 'platform', 'level', 'release', 'environment', 'dist', 'type', 'logger']
export const FRAME_IDS = ['module', 'lineno', 'colno', 'in_app', 'platform']
export const MECHANISM_IDS = ['type', 'handled', 'synthetic', 'exception_id', 'parent_id', 'is_exception_group', 'source']
export const SPAN_IDS = ['trace_id', 'span_id', 'parent_span_id', 'start_timestamp', 'end_timestamp', 'status', 'is_segment']
export const TRACE_IDS = ['trace_id', 'span_id', 'parent_span_id', 'op', 'origin', 'status']
export const SAMPLING_IDS = ['trace_id', 'public_key', 'sample_rate', 'sample_rand', 'sampled', 'release', 'environment', 'org_id', 'replay_id']
export const BREADCRUMB_IDS = ['timestamp', 'type', 'category', 'level']
export const LOG_IDS = ['timestamp', 'level', 'severity_number', 'trace_id', 'span_id']
export const METRIC_IDS = ['timestamp', 'type', 'unit', 'trace_id', 'span_id', 'value']
export const SESSION_IDS = ['sid', 'init', 'started', 'timestamp', 'status', 'errors', 'duration', 'seq', 'abnormal_mechanism']
export const REPLAY_IDS = ['replay_id', 'segment_id', 'replay_start_timestamp', 'replay_type', 'error_ids', 'trace_ids', 'type', 'timestamp', 'event_id', 'platform', 'release', 'environment']

const IDENT = /^[A-Za-z0-9_.<>:+/\\[\]*-]{0,200}$/
const FUNCTION = /^[A-Za-z0-9_.<>:+/\\[\]#*$ -]{1,200}$/
const RELEASE = /^[a-z][a-z0-9_-]{0,60}@(?:[0-9][0-9a-z.+-]{0,60}|[0-9a-f]{7,40})$/
const TYPE = /^[A-Za-z_$][A-Za-z0-9_$.]{0,120}$/
const SCRIPT = /\.(?:[cm]?[jt]sx?|vue)$/

/** What each field of the protocol may look like; any other is an id or a place in code. */
const HEX_ID = /^(?:[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/
const MOMENT = /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,18}Z?|[0-9]{10}(?:\.[0-9]{1,9})?)$/
const WORDS = /^[a-z]{2,20}(?:[_.-][A-Za-z]{1,20}){0,6}$/
const FIELDS = new Map<string, RegExp>([
  ...fields('trace_id span_id parent_span_id event_id replay_id sid', HEX_ID),
  ...fields('timestamp start_timestamp end_timestamp started sent_at', MOMENT),
  ...fields('level type reason abnormal_mechanism', WORDS),
  ...fields('op', /^[a-z][a-z0-9]{0,20}(?:[_.-][a-z][a-z0-9]{0,20}){0,6}$/),
  ...fields('origin', /^(?:auto|manual)(?:\.[a-z0-9_]{1,30}){0,5}$/),
  ...fields('platform', /^(?:javascript|node|python|native|other)$/),
  ...fields('status', /^[a-z]{2,12}(?:_[a-z]{2,12}){0,3}$/),
  ...fields('sampled', /^(?:true|false)$/),
  ...fields('sample_rand sample_rate', /^[0-9](?:\.[0-9e-]{1,24})?$/),
])
export const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY'])

function fields(names: string, grammar: RegExp): [string, RegExp][] {
  return names.split(' ').map((name) => [name, grammar])
}

/** The method of a request; any other token becomes `_OTHER`. */
export function httpMethod(value: string): string {
  return METHODS.has(value) ? value : '_OTHER'
}

/** An id, time or place in code as it is, or undefined when it does not look like one. */
export function ident(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
  if (Array.isArray(value)) return value.filter((item) => ident(item) !== undefined)
  return typeof value === 'string' && (IDENT.test(value) || RELEASE.test(value)) ? value : undefined
}

/** The named keys of `source` whose values are what their fields may hold. */
export function copyIds(source: Data, keys: readonly string[]): Data {
  const rows = keys.map((key) => [key, field(key, source[key])] as const)
  return Object.fromEntries(rows.filter(([, value]) => value !== undefined))
}

function field(key: string, value: unknown): unknown {
  return typeof value === 'string' && FIELDS.get(key)?.test(value) === false ? undefined : ident(value)
}

/** The name of a class, or `Error`. */
export function typeName(value: unknown): string {
  return typeof value === 'string' && TYPE.test(value) ? value : 'Error'
}

/** The name that code gives to a function (`async Object.run`), or undefined. */
export function functionName(value: unknown): string | undefined {
  return typeof value === 'string' && FUNCTION.test(value) ? value : undefined
}

/** A script's own address, which is code; anything else (a page, a blob) is not. */
export function scriptAddress(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const [address = ''] = value.split(/[?#]/, 1)
  return SCRIPT.test(address) || /^(?:<anonymous>|\[native code\])$/.test(address) ? address : undefined
}

/**
 * Where on the page something happened, as kinds of elements: `body > div > button`. Ids, classes and attributes can
 * hold data (`#patient-17`, `aria-label="Anna"`).
 */
export function selector(value: string): string {
  const [first = ''] = value.slice(0, 500).split('\n', 1)
  const bare = first.replace(/\[[^\]]*\]?/g, '')
  return bare.split(/\s*>\s*/).map((step) => /^[a-z][a-z0-9-]*/.exec(step)?.[0] ?? '*').join(' > ')
}
