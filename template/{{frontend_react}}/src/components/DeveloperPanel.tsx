/** Break things on purpose and sign in by hand: never in production, where the API tells the page so. */

import { useState, type SubmitEvent } from 'react'
import type { Api } from '../api/client'
import { ErrorBoundary } from './ErrorBoundary'
import { ProblemNotice } from './ProblemNotice'
import { words } from '../observability'
import { useRequest } from '../request'
import { signIn } from '../session'

const breakTheApi = (api: Api) => api.POST('/diagnostics/unhandled')

export function DeveloperPanel() {
  const [token, setToken] = useState('')
  const [who, setWho] = useState('')
  const broken = useRequest(breakTheApi)

  async function enter(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    setWho((await signIn(token)) ?? 'nobody: the token is not accepted')
    setToken('')
  }

  return (
    <section className="card" aria-labelledby="developer">
      <h2 id="developer">For developers</h2>
      {broken.problem && <ProblemNotice problem={broken.problem} onAgain={() => void broken.run()} />}
      <div className="row">
        <button type="button" disabled={broken.busy} onClick={() => void broken.run()}>
          Break the API
        </button>
        <ErrorBoundary>
          <BreakThePage />
        </ErrorBoundary>
      </div>
      <form onSubmit={(event) => void enter(event)}>
        <label>
          <span>
            Token (<code>python -m app token --user u-1</code>)
          </span>
          <input
            type="password"
            autoComplete="off"
            required
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
        </label>
        <button>Sign in</button>
        {who && <output>Signed in as {who}</output>}
      </form>
    </section>
  )
}

/** Fails while it is shown, which is what a boundary catches in React. */
function BreakThePage() {
  const [broken, setBroken] = useState(false)
  if (broken) throw new Error(words`broken on purpose by the developer panel`)
  return (
    <button type="button" onClick={() => setBroken(true)}>
      Break the page
    </button>
  )
}
