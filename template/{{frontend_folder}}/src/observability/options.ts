/** The options of the SDK that do not depend on the framework. */

import type { BaseTransportOptions, Transport } from '@sentry/core'
import type { PageConfig } from '../config'
import { doorTo } from './door'
import { IGNORED_ERRORS, keptBreadcrumb } from './hooks'
import { loadRules } from './rules'

/** Nothing is collected that is not asked for: an unset value would collect everything. */
const COLLECT_NOTHING = {
  userInfo: false,
  cookies: false,
  httpHeaders: { request: false, response: false },
  httpBodies: [],
  urlQueryParams: false,
  stackFrameVariables: false,
  graphQL: { document: false, variables: false },
  genAI: { inputs: false, outputs: false },
  databaseQueryData: false,
  queues: false,
}

type MakeTransport = (options: BaseTransportOptions) => Transport
type SentryConfig = NonNullable<PageConfig['sentry']>

/** Integrations of the SDK that are left out: culture tells language and place, errors of components we report. */
export const LEFT_OUT = new Set(['CultureContext', 'Vue'])

/** Options for `init`, the same for Vue and React. `patterns` are the routes of the page, as written in code. */
export function options(config: PageConfig, sentry: SentryConfig, makeTransport: MakeTransport, patterns: readonly string[]) {
  const load = async () => (await loadRules()).scrubberOf(config.level, patterns, config.release)
  return {
    dsn: sentry.dsn,
    ...(sentry.tunnel ? { tunnel: new URL(sentry.tunnel, config.api || location.origin).href } : {}),
    environment: config.environment,
    release: config.release,
    sampleRate: sentry.error_sample_rate,
    tracesSampleRate: sentry.traces_sample_rate,
    dataCollection: COLLECT_NOTHING,
    tracePropagationTargets: [ownApi(config.api || location.origin)],
    ignoreErrors: IGNORED_ERRORS,
    beforeBreadcrumb: keptBreadcrumb(config.level),
    transport: (given: BaseTransportOptions) => doorTo(makeTransport(given), load),
  }
}

/** Addresses below this origin and no other; a plain string would also match inside of somebody else's address. */
function ownApi(origin: string): RegExp {
  return new RegExp(`^${origin.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?:/|$)`)
}
