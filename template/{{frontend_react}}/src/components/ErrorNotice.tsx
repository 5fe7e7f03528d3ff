/** What went wrong, in words for people, with the reference that support asks for. */

import { useState, type SubmitEvent } from 'react'
import { authorized } from '../api/client'
import { useConfig } from '../context'
import { sendReport } from '../report'

interface Props {
  sentence: string
  reference: string
  onAgain?: () => void
}

export function ErrorNotice({ sentence, reference, onAgain }: Props) {
  // The API takes reports of people it knows.
  const mayReport = useConfig().reports && authorized()
  const [told, setTold] = useState<'no' | 'asked' | 'sent' | 'failed'>('no')
  const [words, setWords] = useState('')

  async function send(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    try {
      await sendReport(reference, words)
      setTold('sent')
    } catch {
      setTold('failed')
    }
  }

  return (
    <section className="notice" role="alert">
      <p>
        <strong>{sentence}</strong>
      </p>
      <p>
        Reference: <code>{reference}</code>
      </p>
      <div className="row">
        {onAgain && (
          <button type="button" onClick={onAgain}>
            Try again
          </button>
        )}
        {mayReport && told === 'no' && (
          <button type="button" onClick={() => setTold('asked')}>
            Report this
          </button>
        )}
      </div>
      {(told === 'asked' || told === 'failed') && (
        <form onSubmit={(event) => void send(event)}>
          <label>
            What were you doing?
            <textarea
              rows={2}
              maxLength={2000}
              required
              value={words}
              onChange={(event) => setWords(event.target.value)}
            />
          </label>
          <button className="main">Send</button>
        </form>
      )}
      {told === 'sent' && <output>Thank you, the report has arrived.</output>}
      {told === 'failed' && <output>The report did not arrive. Please keep the reference.</output>}
    </section>
  )
}
