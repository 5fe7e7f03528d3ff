/** Start Sentry for Vue, before the application is mounted. */

import { browserTracingIntegration, init, makeFetchTransport } from '@sentry/vue'
import type { Router } from 'vue-router'
import type { PageConfig } from '../config'
import { LEFT_OUT, options } from './options'
import { record, replayRates } from './replay'

/** Start Sentry, where the configuration has a DSN and the build has the code for it. */
export function start(config: PageConfig, router: Router): void {
  if (!SENTRY_IN_BUILD || !config.sentry) return
  const patterns = router.getRoutes().map((route) => route.path)
  const { sentry } = config
  init({
    ...options(config, sentry, makeFetchTransport, patterns),
    ...replayRates(config, sentry),
    integrations: (defaults) => [
      ...defaults.filter(({ name }) => !LEFT_OUT.has(name)),
      browserTracingIntegration({ router, routeLabel: 'path' }),
    ],
  })
  // The condition stands here as it is, so that the bundler can leave the chunk out.
  if (REPLAY_IN_BUILD) void record(config, sentry, async () => (await import('./recording')).replayIntegration)
}
