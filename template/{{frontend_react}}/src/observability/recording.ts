/** The code of recordings, a chunk of its own. */

export { replayIntegration } from '@sentry/react'
