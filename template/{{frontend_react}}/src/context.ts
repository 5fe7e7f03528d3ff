/** What components get from the application instead of importing it. */

import { createContext, use } from 'react'
import type { PageConfig } from './config'

export const ConfigContext = createContext<PageConfig | undefined>(undefined)

/** The page's configuration. */
export function useConfig(): PageConfig {
  const config = use(ConfigContext)
  if (!config) throw new Error('the configuration was not provided')
  return config
}
