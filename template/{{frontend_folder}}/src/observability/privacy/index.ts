/** Scrub whole envelopes: a chunk of its own, because the rules are as large as what they guard. */

import type { Envelope } from '@sentry/core'
import type { Level } from '../level'
import { samplingContext, scrubbed } from './items'
import { Rules, type Data } from './pass'
import { copyIds, keepRelease } from './structures'

type Item = [headers: Data, payload: unknown]

/** Turns an envelope into a clean one, or into undefined when nothing in it may leave. */
export type Scrub = (envelope: Envelope) => Envelope | undefined

/** The rules of one level. `patterns` are names of pages that are written in code, such as `/items/:item`. */
export function scrubberOf(level: Level, patterns: readonly string[], release = ''): Scrub {
  const rules = new Rules(level)
  keepRelease(release)
  for (const pattern of patterns) rules.addresses.trust(pattern)
  return ([headers, given]) => {
    const items = (given as Item[]).map((item) => scrubItem(item, rules)).filter((item) => item !== undefined)
    if (items.length === 0) return undefined
    return [scrubHeaders(headers as Data, rules), items] as unknown as Envelope
  }
}

/** If scrubbing fails, the item is dropped; the page goes on. */
function scrubItem([headers, payload]: Item, rules: Rules): Item | undefined {
  try {
    const clean = scrubbed(rules, String(headers.type), payload)
    if (clean === undefined) return undefined
    const kept = copyIds(headers, ['type', 'item_count', 'content_type'])
    return [typeof clean === 'string' ? { ...kept, length: new TextEncoder().encode(clean).length } : kept, clean]
  } catch {
    return undefined
  }
}

function scrubHeaders(raw: Data, rules: Rules): Data {
  const trace = samplingContext(rules, raw.trace)
  return {
    ...copyIds(raw, ['event_id', 'sent_at']),
    // There only with a tunnel, which compares it; a DSN is public.
    ...(typeof raw.dsn === 'string' ? { dsn: raw.dsn } : {}),
    ...(trace ? { trace } : {}),
  }
}
