/** Who an error happened to: an id, and nothing else. */

import { setUser as tellSentry } from '@sentry/core'

/**
 * Say who uses the page, or that nobody does any more.
 *
 * @param id what `GET /page/user` answers: the user's id at standard, a pseudonym above. Never an e-mail address
 *   or a name; the door refuses what is no pseudonym at gdpr and hipaa.
 */
export function setUser(id: string | undefined): void {
  if (SENTRY_IN_BUILD) tellSentry(id === undefined ? null : { id })
}
