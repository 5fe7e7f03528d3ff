/** Reading JSON that anybody may have made, and writing a new one. */

import type { Data } from './pass'

export const isData = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value)
export const rows = (value: unknown): Data[] => (Array.isArray(value) ? value.filter(isData) : [])

/** Keep `value` under `key` where there is one. */
export function put(out: Data, key: string, value: unknown): void {
  if (value !== undefined && value !== null) out[key] = value
}
