/** Recordings, masked: a chunk of its own that is loaded where they are switched on, and not built at hipaa. */

import { addIntegration, type Integration } from '@sentry/core'
import type { PageConfig } from '../config'

type SentryConfig = NonNullable<PageConfig['sentry']>

/** Every text and input is masked, every picture blocked, and so are attributes that people read. */
const MASKED = {
  maskAllText: true,
  maskAllInputs: true,
  blockAllMedia: true,
  maskAttributes: ['alt', 'aria-label', 'aria-description', 'href', 'placeholder', 'title', 'value'],
  networkDetailAllowUrls: [],
  // The door takes addresses out of recordings, and cannot look into a compressed one.
  useCompression: false,
}

/** Options of `init` for recordings: shares of sessions, 0..1. */
export function replayRates({ level }: PageConfig, sentry: SentryConfig) {
  const allowed = level !== 'hipaa'
  return {
    replaysSessionSampleRate: allowed ? sentry.replay_sample_rate : 0,
    replaysOnErrorSampleRate: allowed ? sentry.replay_error_sample_rate : 0,
  }
}

/** Load the code of recordings and start it, where a rate is above zero. */
export async function record(
  config: PageConfig,
  sentry: SentryConfig,
  load: () => Promise<(options: typeof MASKED) => Integration>,
): Promise<void> {
  const { replaysSessionSampleRate, replaysOnErrorSampleRate } = replayRates(config, sentry)
  if (replaysSessionSampleRate + replaysOnErrorSampleRate === 0) return
  const replayIntegration = await load()
  addIntegration(replayIntegration(MASKED))
}
