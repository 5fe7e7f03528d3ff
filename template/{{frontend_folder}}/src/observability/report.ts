/** Report an error once, and give people a reference to ask about. */

import { captureException, withScope } from '@sentry/core'
import { newReference } from '../api/client'
import { ApiProblem } from '../api/problem'

/** Errors that were reported: a boundary, a handler and a caller may all see the same one. */
const reported = new WeakMap<object, string>()

/**
 * Report an error.
 *
 * @returns the reference: the request id where the API was involved, otherwise a new id. It is the tag
 *   `request_id` of the event, as it is of the API's own events.
 */
export function report(error: unknown): string {
  const known = typeof error === 'object' && error !== null ? reported.get(error) : undefined
  if (known !== undefined) return known
  const problem = error instanceof ApiProblem ? error : undefined
  const reference = problem?.reference ?? newReference()
  if (typeof error === 'object' && error !== null) reported.set(error, reference)
  if (SENTRY_IN_BUILD && (problem === undefined || problem.isFault)) {
    withScope((scope) => {
      scope.setTag('request_id', reference)
      if (problem?.status !== undefined) scope.setContext('response', { status_code: problem.status })
      captureException(error, { mechanism: { handled: problem !== undefined, type: 'page' } })
    })
  }
  return reference
}
