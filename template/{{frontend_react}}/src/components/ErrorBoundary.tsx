/** Keep a failure of one part from taking the page with it, and say the reference to ask about. */

import { Component, type ReactNode } from 'react'
import { ErrorNotice } from './ErrorNotice'
import { report } from '../observability'

interface Props {
  children: ReactNode
}

interface State {
  failed: boolean
  reference: string
}

export class ErrorBoundary extends Component<Props, State> {
  override state: State = { failed: false, reference: '' }

  static getDerivedStateFromError(): Partial<State> {
    return { failed: true }
  }

  /** React renders a failing component twice, with two errors; only the last comes by here. */
  override componentDidCatch(error: unknown): void {
    this.setState({ reference: report(error) })
  }

  override render(): ReactNode {
    const { failed, reference } = this.state
    if (!failed) return this.props.children
    return (
      <ErrorNotice
        sentence="This part of the page stopped working. Please keep the reference if you ask us about it."
        reference={reference}
        onAgain={() => {
          this.setState({ failed: false, reference: '' })
        }}
      />
    )
  }
}
