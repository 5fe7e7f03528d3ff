/** The state of one call of the API: what came, what went wrong, and whether it still runs. */

import { readonly, ref, shallowRef, type Ref } from 'vue'
import { ask, type Api } from './api/client'
import { ApiProblem } from './api/problem'
import { report } from './observability'

interface RequestState<T, A extends unknown[]> {
  data: Readonly<Ref<T | undefined>>
  problem: Readonly<Ref<ApiProblem | undefined>>
  busy: Readonly<Ref<boolean>>
  run: (...given: A) => Promise<void>
}

/** `const items = useRequest((api) => api.GET('/orders/items'))`; faults are reported, once. */
export function useRequest<T, A extends unknown[]>(
  call: (api: Api, ...given: A) => Promise<{ data?: T }>,
): RequestState<T, A> {
  const data = shallowRef<T>()
  const problem = shallowRef<ApiProblem>()
  const busy = ref(false)

  async function run(...given: A): Promise<void> {
    busy.value = true
    problem.value = undefined
    try {
      data.value = await ask((api) => call(api, ...given))
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      problem.value = error
      report(error)
    } finally {
      busy.value = false
    }
  }
  return { data, problem, busy: readonly(busy), run }
}
