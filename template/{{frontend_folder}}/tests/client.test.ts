/** Every failed call has a reference and one sentence for people; only what is a fault is reported. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ask, authorize, connect } from '../src/api/client'
import { ApiProblem } from '../src/api/problem'

const fetched = vi.fn<(request: Request) => Promise<Response>>()

beforeEach(() => {
  vi.stubGlobal('fetch', fetched)
  connect('https://api.example')
})

afterEach(() => {
  vi.unstubAllGlobals()
  fetched.mockReset()
  authorize(undefined)
})

async function problem(): Promise<ApiProblem> {
  const error: unknown = await ask((api) => api.GET('/health/live')).then(() => undefined, (caught: unknown) => caught)
  if (!(error instanceof ApiProblem)) throw new Error('the call did not fail')
  return error
}

test('the request id goes out, and the answer comes back', async () => {
  fetched.mockResolvedValue(Response.json({ state: 'healthy' }))
  authorize('a-token')
  expect(await ask((api) => api.GET('/health/live'))).toEqual({ state: 'healthy' })
  const request = fetched.mock.calls[0]?.[0]
  expect(request?.headers.get('X-Request-ID')).toMatch(/^[0-9a-f]{32}$/)
  expect(request?.headers.get('Authorization')).toBe('Bearer a-token')
})

test.each([
  [500, 'failed', true],
  [503, 'unavailable', true],
  [502, 'unreachable', true],
  [404, 'refused', false],
])('status %i is %s', async (status, kind, isFault) => {
  fetched.mockResolvedValue(Response.json({ detail: 'said by the API' }, { status, headers: { 'X-Request-ID': 'id-of-the-api' } }))
  const { isFault: fault, kind: told, reference, sentence } = await problem()
  expect([told, fault, reference]).toEqual([kind, isFault, 'id-of-the-api'])
  // What the API says about its own faults is not for people.
  expect(sentence.includes('said by the API')).toBe(kind === 'refused')
})

test.each([[true, 'unreachable'], [false, 'offline']])('no answer while online is %s: %s', async (online, kind) => {
  vi.stubGlobal('navigator', { onLine: online })
  fetched.mockRejectedValue(new TypeError('Failed to fetch'))
  const { kind: told, reference } = await problem()
  expect(told).toBe(kind)
  expect(reference).toMatch(/^[0-9a-f]{32}$/)
})
