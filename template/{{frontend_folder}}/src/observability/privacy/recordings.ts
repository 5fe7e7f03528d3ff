/** Recordings: texts are masked where they are made, addresses are masked here. */

import type { Data } from './pass'
import type { Addresses } from './urls'

const ADDRESSES = new Set(['href', 'src', 'action', 'srcset', 'poster', 'data-href', 'rr_src'])
/** What the SDK adds to a recording: calls with their addresses, the console. Events have them already, scrubbed. */
const CUSTOM = 5

/** A recording (a line of headers, then events) without addresses, or undefined when it cannot be read. */
export function recording(addresses: Addresses, payload: unknown): string | undefined {
  if (typeof payload !== 'string') return undefined
  const end = payload.indexOf('\n')
  const events = JSON.parse(payload.slice(end + 1)) as Data[]
  const kept = events.filter(({ type, data }) => type !== CUSTOM || (data as Data).tag === 'options')
  return `${payload.slice(0, end)}\n${JSON.stringify(kept, (key, value: unknown) => masked(addresses, key, value))}`
}

function masked(addresses: Addresses, key: string, value: unknown): unknown {
  return ADDRESSES.has(key) && typeof value === 'string' ? addresses.url(value) : value
}
