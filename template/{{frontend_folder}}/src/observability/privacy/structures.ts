/** What each kind of payload may contain: allow-lists of keys whose values are ids, times or places in code. */

import { MACHINE_WORDS } from './catalogue'
import type { Data } from './pass'
import { TAGS } from './tags'

export const EVENT_IDS = ['event_id', 'timestamp', 'start_timestamp', 'platform', 'level', 'release', 'environment', 'type']
export const FRAME_IDS = ['lineno', 'colno', 'in_app', 'platform']
export const MECHANISM_IDS = ['handled', 'synthetic', 'exception_id', 'parent_id', 'is_exception_group', 'source']
export const SPAN_IDS = ['trace_id', 'span_id', 'parent_span_id', 'start_timestamp', 'end_timestamp', 'status', 'is_segment']
export const TRACE_IDS = ['trace_id', 'span_id', 'parent_span_id', 'origin', 'status']
export const SAMPLING_IDS = ['trace_id', 'public_key', 'sample_rate', 'sample_rand', 'sampled', 'release', 'environment', 'org_id', 'replay_id']
export const BREADCRUMB_IDS = ['timestamp', 'type', 'level']
export const LOG_IDS = ['timestamp', 'level', 'severity_number', 'trace_id', 'span_id']
export const METRIC_IDS = ['timestamp', 'type', 'unit', 'trace_id', 'span_id', 'value']
export const SESSION_IDS = ['sid', 'init', 'started', 'timestamp', 'status', 'errors', 'duration', 'seq']
export const REPLAY_IDS = ['replay_id', 'segment_id', 'replay_start_timestamp', 'replay_type', 'error_ids', 'trace_ids', 'type', 'timestamp', 'event_id', 'platform', 'release', 'environment']

const NAME = '[A-Za-z_$#<][A-Za-z0-9_$#.<>/*]{0,120}'
/** `async Object.run`, `new Form`, `Object.$t [as withScope]`; every other name with blanks is a text. */
const FUNCTION = new RegExp(`^(?:(?:(?:async|new|get|set|static|bound) ){0,2}${NAME}(?: \\[as ${NAME}\\])?|(?:global|module|eval) code)$`)
const TYPE = /^[A-Za-z_$][A-Za-z0-9_$.]{0,120}$/
/** Hashes in names of files are as random as secrets, so that no rule can tell them. */
const SCRIPT = /^(?!.*[0-9]{9})(?:[a-z-]{0,30}:)?\/[A-Za-z0-9_.~:/@+$()[\]-]{1,300}\.(?:[cm]?[jt]sx?|vue)$/
const MECHANISM =
  /^(?:page|generic|chained|instrument|auto\.(?:browser|core|function)(?:\.(?:vue|react|xhr|global_handlers|browserapierrors|linked_errors|capture_console|error_handler|error_boundary|addEventListener|handleEvent|requestAnimationFrame|setInterval|setTimeout|on(?:error|load|progress|readystatechange|unhandledrejection))){1,3})$/
const OPERATION = /^[a-z]{1,20}[0-9]?(?:[_.-][a-z]{1,20}[0-9]?){0,6}$/
/** Words in the SDK's operations that the catalogue does not have. */
const OPERATION_WORDS = new Set('animation cls dom drag hover iframe img inp interaction lcp long mark measure mount navigation pageload paint press resolve ssl tls ui unload unmount webvital'.split(' '))

const HEX_ID = /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/
const SPAN_ID = /^[0-9a-f]{16}$/
const MOMENT = /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,18}Z?|[0-9]{10}(?:\.[0-9]{1,9})?)$/
/** What a text in each field of the protocol may look like; in any other field no text leaves. */
const FIELDS = new Map<string, RegExp>([
  ...fields('span_id parent_span_id', SPAN_ID),
  ...fields('trace_id event_id replay_id sid debug_id error_ids trace_ids', HEX_ID),
  ...fields('timestamp start_timestamp end_timestamp started sent_at', MOMENT),
  ...fields('sample_rand sample_rate', /^[0-9](?:\.[0-9e-]{1,24})?$/),
  ['release', /^[a-z][a-z0-9_-]{0,60}@(?:[0-9][0-9a-z.+-]{0,60}|[0-9a-f]{7,40})$/],
  ['origin', /^(?:auto|manual)(?:\.[a-z0-9_]{1,30}){0,5}$/],
  ['source', /^(?:cause|errors\[[0-9]{1,3}\])$/],
  ['public_key', /^[0-9a-f]{32}$/],
  ['org_id', /^[0-9]{1,10}$/],
  ['name', /^sentry\.javascript\.[a-z]{2,12}$/],
  ['version', /^[0-9]{1,3}(?:\.[0-9]{1,4}){2}(?:-(?:alpha|beta|rc)\.[0-9]{1,3})?$/],
  ['content_type', /^application\/(?:json|vnd\.sentry\.items\.[a-z0-9.-]{1,20}\+json)$/],
  oneOf('environment', 'development test staging production'),
  oneOf('platform', 'javascript node python native other'),
  oneOf('level', 'fatal error warning warn info log debug trace'),
  oneOf(
    'type',
    'event span log trace_metric session client_report replay_event replay_recording counter gauge distribution default ' +
      'http navigation ui user error debug info query sourcemap',
  ),
  oneOf(
    'status',
    'ok error cancelled unknown_error invalid_argument deadline_exceeded not_found already_exists permission_denied ' +
      'resource_exhausted failed_precondition unimplemented internal_error unavailable unauthenticated exited crashed ' +
      'abnormal errored unhandled',
  ),
  ['unit', /^(?:none|ratio|percent|(?:nano|micro|milli)?second|minute|hour|day|week|bit|(?:kilo|mega|giga|tera|peta|exa|[kg]ibi|[mtp]ebi|exbi)?byte)$/],
  ...fields('category reason', /^[a-z]{3,12}(?:_[a-z]{3,12}){0,3}$/),
  oneOf('replay_type', 'session buffer'),
  oneOf('infer_ip', 'never auto legacy'),
  oneOf('sampled', 'true false'),
])
export const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY'])

function fields(names: string, grammar: RegExp): [string, RegExp][] {
  return names.split(' ').map((name) => [name, grammar])
}

function oneOf(name: string, values: string): [string, RegExp] {
  return [name, new RegExp(`^(?:${values.replaceAll(' ', '|')})$`)]
}

/** The method of a request; any other token becomes `_OTHER`. */
export function httpMethod(value: string): string {
  return METHODS.has(value) ? value : '_OTHER'
}

/** The named keys of `source` whose values are what their fields may hold. */
export function copyIds(source: Data, keys: readonly string[]): Data {
  const rows = keys.map((key) => [key, field(FIELDS.get(key), source[key])] as const)
  return Object.fromEntries(rows.filter(([, value]) => value !== undefined))
}

/** The release that this page is; it may be called anything. */
const own = new Set<string>()

/** Let the page's own release stay, whatever its shape. */
export function keepRelease(release: string): void {
  own.add(release)
}

function field(grammar: RegExp | undefined, value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'string' && grammar?.test(item))
  if (typeof value === 'string') return grammar?.test(value) || own.has(value) ? value : undefined
  if (typeof value === 'number') return grammar === HEX_ID || grammar === SPAN_ID ? undefined : value
  return typeof value === 'boolean' || value === null ? value : undefined
}

/** What caught an error, in the words of the SDK. */
export function mechanismType(value: unknown): string {
  return typeof value === 'string' && MECHANISM.test(value) ? value : 'generic'
}

/** What a span does (`http.client`), or undefined. `known`: in no words but those of machines. */
export function operation(value: unknown, known: boolean): string | undefined {
  if (typeof value !== 'string' || !OPERATION.test(value)) return undefined
  const ofMachine = value.split(/[_.-]/).every((word) => MACHINE_WORDS.has(word) || OPERATION_WORDS.has(word))
  return ofMachine || !known ? value : undefined
}

/** May a class be called so? */
export function isType(value: unknown): value is string {
  return typeof value === 'string' && TYPE.test(value)
}

/** May code or a browser call a function so? */
export function isFunction(value: unknown): value is string {
  return typeof value === 'string' && FUNCTION.test(value)
}

/** A script's own address, which is code; anything else (a page, a blob) is not. */
export function scriptAddress(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const [address = ''] = value.split(/[?#]/, 1)
  return SCRIPT.test(address) || /^(?:<anonymous>|\[native code\])$/.test(address) ? address : undefined
}

/**
 * Where on the page something happened, as kinds of elements: `body > div > button`. Ids, classes and attributes can
 * hold data (`#patient-17`, `aria-label="Anna"`), and so can the name that somebody gave to an element: `*`.
 */
export function selector(value: string): string {
  const steps = value.slice(0, 500).split(' > ')
  return steps.map((step) => /^([a-z][a-z0-9]*)(?=[.#[]|$)/.exec(step)?.[0] ?? '').map((tag) => (TAGS.has(tag) ? tag : '*')).join(' > ')
}
