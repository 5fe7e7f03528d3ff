/** Start Sentry for React, before the application is mounted. */

import {
  init,
  makeFetchTransport,
  reactRouterBrowserTracingIntegration,
  wrapCreateBrowserRouter,
} from '@sentry/react'
import { useEffect } from 'react'
import {
  createRoutesFromChildren,
  matchRoutes,
  useLocation,
  useNavigationType,
  type createBrowserRouter,
} from 'react-router'
import type { PageConfig } from '../config'
import { LEFT_OUT, options } from './options'
import { record, replayRates } from './replay'

/** Start Sentry, where the configuration has a DSN and the build has the code for it. */
export function start(config: PageConfig, patterns: readonly string[]): void {
  if (!SENTRY_IN_BUILD || !config.sentry) return
  const { sentry } = config
  init({
    ...options(config, sentry, makeFetchTransport, patterns),
    ...replayRates(config, sentry),
    integrations: (defaults) => [
      ...defaults.filter(({ name }) => !LEFT_OUT.has(name)),
      reactRouterBrowserTracingIntegration({
        useEffect,
        useLocation,
        useNavigationType,
        createRoutesFromChildren,
        matchRoutes,
      }),
    ],
  })
  // The condition stands here as it is, so that the bundler can leave the chunk out.
  if (REPLAY_IN_BUILD) void record(config, sentry, async () => (await import('./recording')).replayIntegration)
}

/** A maker of routers whose navigations are traced, named by the pattern of the route. */
export function traced(make: typeof createBrowserRouter): typeof createBrowserRouter {
  return SENTRY_IN_BUILD ? wrapCreateBrowserRouter(make) : make
}
