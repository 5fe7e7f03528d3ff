/** An address that the page does not know. Sample code: yours to change or delete. */

import { Link } from 'react-router'

export function NotFoundView() {
  return (
    <section className="card">
      <h2>There is nothing here</h2>
      <Link to="/">Go to the list</Link>
    </section>
  )
}
