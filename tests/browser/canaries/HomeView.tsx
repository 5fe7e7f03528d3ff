/** A view full of values that must not leave. */

import { useState } from 'react'
import { Link } from 'react-router'
import { canary, plant } from '../plant'

function Patient({ patient, broken }: { patient: string; broken: boolean }) {
  if (broken) throw new Error(`cannot show ${patient}`)
  return <p>{patient}</p>
}

export function HomeView() {
  const [field, setField] = useState('')
  const [broken, setBroken] = useState(false)
  const [planted, setPlanted] = useState(false)
  const link = `/items/${encodeURIComponent(canary('link path'))}?q=${encodeURIComponent(canary('link query'))}`
  return (
    <>
      <button
        type="button"
        aria-label={canary('aria label')}
        id={canary('element id')}
        data-testid="plant"
        onClick={() => void plant().then(() => setPlanted(true))}
      >
        {canary('text')}
      </button>
      <input
        data-testid="field"
        placeholder={canary('placeholder')}
        name={canary('field name')}
        value={field}
        onChange={(event) => setField(event.target.value)}
      />
      <Link data-testid="link" to={link}>
        {canary('link text')}
      </Link>
      <button type="button" data-testid="break" onClick={() => setBroken(true)}>
        break
      </button>
      <Patient patient={canary('props')} broken={broken} />
      {planted && <p>planted</p>}
    </>
  )
}
