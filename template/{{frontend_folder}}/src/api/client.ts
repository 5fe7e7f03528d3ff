/** Calls of the API, typed by its OpenAPI document: what the API does not offer does not compile. */

import createClient, { type Client } from 'openapi-fetch'
import { ApiProblem, type Kind } from './problem'
import type { paths } from './schema'

export type Api = Client<paths>

interface Answer<T> {
  data?: T
}

let origin = ''
let token: string | undefined
let client: Api = connected('')

/** Say where the API is; an empty origin is the page's own. */
export function connect(apiOrigin: string): void {
  origin = apiOrigin
  client = connected(apiOrigin)
}

/** Send this bearer token with each call from now on; `undefined` stops it. Kept in memory only. */
export function authorize(bearer: string | undefined): void {
  token = bearer
}

/** Does somebody use the page whom the API knows? */
export function authorized(): boolean {
  return token !== undefined
}

/**
 * Call the API: `await ask((api) => api.GET('/health/live'))`.
 *
 * @throws {ApiProblem} whatever goes wrong.
 */
export async function ask<T>(call: (api: Api) => Promise<Answer<T>>): Promise<T> {
  const { data } = await call(client)
  return data as T
}

/**
 * Send JSON to a route that only some services have, and the document of this one may not know.
 *
 * @param reference the request id; a new one where none is given.
 */
export async function post(path: string, body: unknown, reference?: string): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  const address = new URL(path, origin || location.origin)
  await send(new Request(address, { method: 'POST', headers, body: JSON.stringify(body) }), reference)
}

function connected(apiOrigin: string): Api {
  return createClient<paths>({ baseUrl: apiOrigin || location.origin, fetch: (request) => send(request) })
}

async function send(request: Request, reference = newReference()): Promise<Response> {
  request.headers.set('X-Request-ID', reference)
  if (token !== undefined) request.headers.set('Authorization', `Bearer ${token}`)
  let response: Response
  try {
    response = await fetch(request)
  } catch (cause) {
    throw new ApiProblem(navigator.onLine ? 'unreachable' : 'offline', reference, undefined, undefined, cause)
  }
  if (response.ok) return response
  const kind = kindOf(response.status)
  const detail = kind === 'refused' ? await told(response) : undefined
  throw new ApiProblem(kind, response.headers.get('X-Request-ID') ?? reference, response.status, detail)
}

/** An id that the API takes over as the request's own: 32 hexadecimal characters. */
export function newReference(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function kindOf(status: number): Kind {
  // What stands between page and API answers for an API that is down.
  if (status === 502 || status === 504) return 'unreachable'
  if (status === 503) return 'unavailable'
  return status >= 500 ? 'failed' : 'refused'
}

async function told(response: Response): Promise<string | undefined> {
  try {
    const { detail } = (await response.json()) as { detail?: unknown }
    return typeof detail === 'string' ? detail : undefined
  } catch {
    return undefined
  }
}
