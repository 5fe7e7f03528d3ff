/**
 * Everything the page needs to be observable; the only folder that talks to Sentry.
 *
 * Template-owned: `copier update` keeps it current, so put code of your own elsewhere.
 */

export { arrived, stripQuery } from './address'
export { start } from './init'
export { report } from './report'
export { setUser } from './user'
export { words } from './words'
