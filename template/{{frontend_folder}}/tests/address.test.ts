/** What stands behind the path of the address leaves it above standard, and the page's own code still has it. */

import { beforeEach, expect, test, vi } from 'vitest'
import { LEVELS } from '../src/observability/level'

beforeEach(() => {
  vi.resetModules()
  history.replaceState(null, '', '/items/desk?state=17#section')
})

test.each(LEVELS)('%s: query and hash are told to views', async (level) => {
  const { arrived, stripQuery } = await import('../src/observability/address')
  stripQuery(level)
  expect([arrived.query.get('state'), arrived.hash]).toEqual(['17', '#section'])
  const rest = location.pathname + location.search + location.hash
  expect(rest).toBe(level === 'standard' ? '/items/desk?state=17#section' : '/items/desk')
})
