/** The state of one call of the API: what came, what went wrong, and whether it still runs. */

import { useCallback, useState } from 'react'
import { ask, type Api } from './api/client'
import { ApiProblem } from './api/problem'
import { report } from './observability'

interface State<T> {
  data?: T | undefined
  problem?: ApiProblem
  busy: boolean
}

interface RequestState<T, A extends unknown[]> extends State<T> {
  run: (...given: A) => Promise<void>
}

/**
 * `const items = useRequest(getItems)`, where `const getItems = (api: Api) => api.GET('/orders/items')`.
 *
 * Faults are reported, once. `call` belongs outside of the component: as long as it is the same function, so is
 * `run`, and an effect may depend on it.
 */
export function useRequest<T, A extends unknown[]>(
  call: (api: Api, ...given: A) => Promise<{ data?: T }>,
): RequestState<T, A> {
  const [state, setState] = useState<State<T>>({ busy: false })
  const run = useCallback(
    async (...given: A): Promise<void> => {
      setState(({ data }) => ({ data, busy: true }))
      try {
        const data = await ask((api) => call(api, ...given))
        setState({ data, busy: false })
      } catch (error) {
        if (!(error instanceof ApiProblem)) throw error
        setState(({ data }) => ({ data, problem: error, busy: false }))
        report(error)
      }
    },
    [call],
  )
  return { ...state, run }
}
