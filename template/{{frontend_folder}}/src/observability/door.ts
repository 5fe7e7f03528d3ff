/**
 * The door: the transport through which everything for Sentry passes, rebuilt from what the level allows.
 *
 * Whatever hooks did, and whoever called the SDK, the envelope arrives here: sessions and spans too, which no hook
 * can drop. The rules are loaded beside the page; until they are there the door is shut, and envelopes wait.
 */

import type { Transport } from '@sentry/core'
import type { Scrub } from './privacy'

/** A transport that scrubs what it is given and passes it on to `inner`. */
export function doorTo(inner: Transport, loading: Promise<Scrub>): Transport {
  return {
    async send(envelope) {
      const scrub = await loading
      const clean = scrub(envelope)
      return clean ? inner.send(clean) : {}
    },
    flush: (timeout) => inner.flush(timeout),
  }
}
