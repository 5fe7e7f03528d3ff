/** Take the query string out of the page's address before anything can see it (gdpr, hipaa). */

import type { Level } from './level'

/** What stood behind the path when the page was opened. */
interface Arrived {
  readonly query: URLSearchParams
  /** With its `#`; empty where there is none. */
  readonly hash: string
}

/** For views that read it (filters, the answer of a login): at gdpr and hipaa the address does not have it any more. */
export const arrived: Arrived = { query: new URLSearchParams(location.search), hash: location.hash }

/** Recordings and other parts of the SDK read the address themselves; only what is not there cannot leave. */
export function stripQuery(level: Level): void {
  if (level === 'standard' || (!location.search && !location.hash)) return
  history.replaceState(history.state, '', location.pathname)
}
