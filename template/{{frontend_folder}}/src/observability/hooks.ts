/** What is not worth keeping in the first place; the door decides about everything else. */

import type { Breadcrumb } from '@sentry/core'
import type { Level } from './level'

/**
 * Errors that are nobody's: a browser says these when a layout takes two rounds. `Failed to fetch` is not among
 * them: it is the very event that leads to the failing API.
 */
export const IGNORED_ERRORS = [
  'ResizeObserver loop limit exceeded',
  'ResizeObserver loop completed with undelivered notifications.',
]

/** At gdpr and hipaa the console is not kept: everything in it is text that data filled. */
export function keptBreadcrumb(level: Level): (crumb: Breadcrumb) => Breadcrumb | null {
  return (crumb) => (level !== 'standard' && crumb.category === 'console' ? null : crumb)
}
