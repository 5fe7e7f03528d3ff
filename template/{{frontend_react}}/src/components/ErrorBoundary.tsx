/** Keep a failure of one part from taking the page with it, and say the reference to ask about. */

import { Component, type ReactNode } from 'react'
import { ErrorNotice } from './ErrorNotice'
import { report } from '../observability'

interface Props {
  children: ReactNode
}

interface State {
  reference?: string
}

export class ErrorBoundary extends Component<Props, State> {
  override state: State = {}

  static getDerivedStateFromError(error: unknown): State {
    return { reference: report(error) }
  }

  override render(): ReactNode {
    const { reference } = this.state
    if (reference === undefined) return this.props.children
    return (
      <ErrorNotice
        sentence="This part of the page stopped working. We have been told."
        reference={reference}
        onAgain={() => {
          this.setState({ reference: undefined })
        }}
      />
    )
  }
}
