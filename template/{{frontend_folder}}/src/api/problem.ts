/** What a page can say about a call of the API that failed, and the reference to ask support about. */

import { words } from '../observability/words'

export type Kind = 'offline' | 'unreachable' | 'unavailable' | 'failed' | 'refused'

/** One sentence for people, for each kind. */
const SAID: Record<Kind, string> = {
  offline: 'You are offline. What you see may be out of date.',
  unreachable: 'The service cannot be reached right now. Please try again in a moment.',
  unavailable: 'A part of the service is not available right now. Please try again in a moment.',
  failed: 'Something went wrong on our side. We have been told.',
  refused: 'This could not be done.',
}

/** What is told to Sentry: the same words every time, so that equal failures are one issue. */
const MESSAGES: Record<Kind, string> = {
  offline: words`the browser is offline`,
  unreachable: words`the API cannot be reached`,
  unavailable: words`the API says that something is unavailable`,
  failed: words`the API failed`,
  refused: words`the API refused the request`,
}

/** A call that failed. `reference` is the request id, which the log lines and the event of the API carry too. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly kind: Kind
  readonly reference: string
  readonly status: number | undefined
  /** What the API says about it, for people; only what it refuses has a text worth showing. */
  readonly detail: string | undefined

  constructor(kind: Kind, reference: string, status?: number, detail?: string, cause?: unknown) {
    super(MESSAGES[kind], { cause })
    this.kind = kind
    this.reference = reference
    this.status = status
    this.detail = detail
  }

  /** Is this a fault, and not the user's network or a refusal? */
  get isFault(): boolean {
    return this.kind !== 'offline' && this.kind !== 'refused'
  }

  get sentence(): string {
    return this.detail ?? SAID[this.kind]
  }
}
