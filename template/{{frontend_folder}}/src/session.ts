/** Who uses the page. Call `signIn` with the bearer token that your login gives you. */

import { ask, authorize } from './api/client'
import { ApiProblem } from './api/problem'
import { setUser } from './observability'

/** Use this token from now on. Returns the user's id as Sentry knows it, or nothing when the API refuses. */
export async function signIn(token: string): Promise<string | undefined> {
  authorize(token)
  try {
    const { id } = await ask((api) => api.GET('/page/user'))
    setUser(id)
    return id
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error
    signOut()
    return undefined
  }
}

/** Forget token and user. */
export function signOut(): void {
  authorize(undefined)
  setUser(undefined)
}
