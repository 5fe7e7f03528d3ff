/** The page's configuration, told by the API at run time: one build serves every environment. */

import type { components } from './api/schema'
import { level } from './level.json'
import { LEVELS, type Level } from './observability/level'

export type PageConfig = components['schemas']['PageConfig']

const PATIENCE_MS = 3_000

/** What holds while the API cannot be asked: the safe side of every switch. */
const UNKNOWN: PageConfig = {
  service: 'page',
  environment: 'production',
  release: 'unknown',
  level: level as Level,
  api: '',
  diagnostics: false,
  reports: false,
  sentry: null,
}

/** Read the configuration; never fails, and never takes longer than three seconds. */
export async function loadConfig(): Promise<PageConfig> {
  try {
    const answer = await fetch('/config.json', { signal: AbortSignal.timeout(PATIENCE_MS) })
    if (!answer.ok) return UNKNOWN
    const told = (await answer.json()) as Partial<PageConfig>
    return { ...UNKNOWN, ...told, level: strictest(told.level ?? 'hipaa') }
  } catch {
    return UNKNOWN
  }
}

/** The level of the build may only be made stricter. */
function strictest(told: Level): Level {
  return LEVELS[Math.max(LEVELS.indexOf(told), LEVELS.indexOf(level as Level))] ?? 'hipaa'
}
