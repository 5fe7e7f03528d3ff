/** One item, by the name in the address. Sample code: yours to change or delete. */

import { useEffect } from 'react'
import { Link, useParams } from 'react-router'
import type { Api } from '../api/client'
import { ProblemNotice } from '../components/ProblemNotice'
import { useRequest } from '../request'

const getQuote = (api: Api, item: string) => api.GET('/orders/quote', { params: { query: { item } } })

export function ItemView() {
  const { item = '' } = useParams()
  const { data, problem, busy, run } = useRequest(getQuote)

  useEffect(() => void run(item), [run, item])

  return (
    <section className="card" aria-labelledby="item" aria-busy={busy}>
      <h2 id="item">{item}</h2>
      {busy && (
        <output className="quiet">
          Loading …
        </output>
      )}
      {data && (
        <p>
          One costs {data.total} {data.currency}.
        </p>
      )}
      {problem && <ProblemNotice problem={problem} onAgain={() => void run(item)} />}
      <Link to="/">Back to the list</Link>
    </section>
  )
}
