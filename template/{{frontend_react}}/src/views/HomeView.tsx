/** A list from the API, and a form that asks it something. Sample code: yours to change or delete. */

import { useEffect, useState } from 'react'
import { Link } from 'react-router'
import type { Api } from '../api/client'
import { ProblemNotice } from '../components/ProblemNotice'
import { useRequest } from '../request'

const getItems = (api: Api) => api.GET('/orders/items')

const getQuote = (api: Api, item: string, quantity: number, currency: string) =>
  api.GET('/orders/quote', { params: { query: { item, quantity, currency } } })

export function HomeView() {
  return (
    <>
      <Items />
      <Quote />
    </>
  )
}

function Items() {
  const { data, problem, busy, run } = useRequest(getItems)

  useEffect(() => void run(), [run])

  return (
    <section className="card" aria-labelledby="list" aria-busy={busy}>
      <h2 id="list">For sale</h2>
      {busy && (
        <output className="quiet">
          Loading …
        </output>
      )}
      {problem && <ProblemNotice problem={problem} onAgain={() => void run()} />}
      {data && (
        <ul className="items">
          {data.map(({ item, price }) => (
            <li key={item}>
              <Link to={`/items/${item}`}>{item}</Link>
              <span>{price} EUR</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Quote() {
  const [item, setItem] = useState('notebook')
  const [quantity, setQuantity] = useState(1)
  const [currency, setCurrency] = useState('EUR')
  const quote = useRequest(getQuote)

  function ask(): void {
    void quote.run(item, quantity, currency)
  }

  return (
    <section className="card" aria-labelledby="ask">
      <h2 id="ask">Ask for a quote</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          ask()
        }}
      >
        <label>
          Item
          <input required maxLength={40} value={item} onChange={(event) => setItem(event.target.value)} />
        </label>
        <label>
          Quantity
          <input
            type="number"
            min={1}
            max={100}
            required
            value={quantity}
            onChange={(event) => setQuantity(event.target.valueAsNumber)}
          />
        </label>
        <label>
          Currency
          <select value={currency} onChange={(event) => setCurrency(event.target.value)}>
            <option>EUR</option>
            <option>USD</option>
          </select>
        </label>
        <button className="main" disabled={quote.busy}>
          Ask
        </button>
      </form>
      {quote.data && !quote.problem && (
        <output>
          {quote.data.quantity} × {quote.data.item}:{' '}
          <strong>
            {quote.data.total} {quote.data.currency}
          </strong>
        </output>
      )}
      {quote.problem && <ProblemNotice problem={quote.problem} onAgain={ask} />}
    </section>
  )
}
