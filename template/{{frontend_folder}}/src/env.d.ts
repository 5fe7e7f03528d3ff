/** Constants that `vite.config.ts` puts in place of these names, so that what they switch off is not built. */

declare const SENTRY_IN_BUILD: boolean
declare const REPLAY_IN_BUILD: boolean
