/**
 * The door: the transport through which everything for Sentry passes, rebuilt from what the level allows.
 *
 * Whatever hooks did, and whoever called the SDK, the envelope arrives here: sessions and spans too, which no hook
 * can drop. The rules are loaded beside the page; until they are there the door is shut, and envelopes wait.
 */

import type { Transport } from '@sentry/core'
import type { Scrub } from './privacy'

/** Pauses between tries to load the rules, in ms; where all fail, the next envelope begins anew. */
const PAUSES: readonly number[] = [1_000, 4_000, 15_000, 40_000]
/** Envelopes that wait for the rules at most; what comes on top is lost. */
const MOST_WAITING = 50

/** A transport that scrubs what it is given and passes it on to `inner`. `load` fetches the rules. */
export function doorTo(inner: Transport, load: () => Promise<Scrub>, pauses = PAUSES): Transport {
  let loading: Promise<Scrub> | undefined
  let waiting = 0
  const rules = (): Promise<Scrub> =>
    (loading ??= retried(load, pauses).catch((error: unknown) => {
      loading = undefined
      throw error
    }))
  rules().catch(() => undefined)
  return {
    async send(envelope) {
      if (waiting >= MOST_WAITING) return {}
      waiting += 1
      // Without rules nothing leaves.
      const scrub = await rules().catch(() => undefined).finally(() => (waiting -= 1))
      const clean = scrub?.(envelope)
      return clean ? inner.send(clean) : {}
    },
    flush: (timeout) => inner.flush(timeout),
  }
}

async function retried<T>(load: () => Promise<T>, pauses: readonly number[]): Promise<T> {
  for (const pause of pauses) {
    try {
      return await load()
    } catch {
      await new Promise((done) => setTimeout(done, pause))
    }
  }
  return load()
}
