/** Take the query string out of the page's address before anything can see it (gdpr, hipaa). */

import type { Level } from './level'

/** Recordings and other parts of the SDK read the address themselves; only what is not there cannot leave. */
export function stripQuery(level: Level): void {
  if (level === 'standard' || (!location.search && !location.hash)) return
  history.replaceState(history.state, '', location.pathname)
}
