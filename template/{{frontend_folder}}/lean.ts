/** The catalogue of the privacy rules without what is there for its readers: sources, names and remarks. */

import type { Plugin } from 'vite'

const FOR_READERS = new Set(['about', 'id', 'kind', 'says', 'source'])

/** Leaves those keys out of the build; no code of the page reads them. */
export function lean(): Plugin {
  return {
    name: 'lean',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/privacy/catalogue.json')) return undefined
      return JSON.stringify(JSON.parse(code, (key, value: unknown) => (FOR_READERS.has(key) && typeof value === 'string' ? undefined : value)))
    },
  }
}
