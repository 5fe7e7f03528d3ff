/** What components get from the application instead of importing it. */

import { inject, type InjectionKey } from 'vue'
import type { PageConfig } from './config'

export const configKey: InjectionKey<PageConfig> = Symbol('config')

/** The page's configuration. */
export function useConfig(): PageConfig {
  const config = inject(configKey)
  if (!config) throw new Error('the configuration was not provided')
  return config
}
