/** A person's report of an error; the route for it exists in services with a database. */

import { post } from './api/client'
import type { paths } from './api/schema'

/** What the page fills in of a report. */
interface Filled {
  message: string
  category: 'bug'
  severity: 'medium'
}

/** What the route takes, as this API's document says; without a route there is nothing to hold it against. */
type Taken = paths extends {
  '/reports': { post: { requestBody: { content: { 'application/json': infer Body } } } }
}
  ? Body
  : Filled

/**
 * Send somebody's words about an error.
 *
 * @param reference of the error; the report gets it as its request id, so that who looks for one finds both.
 * @throws {ApiProblem} it did not arrive.
 */
export async function sendReport(reference: string, message: string): Promise<void> {
  const report: Taken = { message, category: 'bug', severity: 'medium' } satisfies Filled
  await post('/reports', report, reference)
}
