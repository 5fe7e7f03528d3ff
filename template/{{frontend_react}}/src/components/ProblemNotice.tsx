/** A failed call of the API as a notice. */

import { ErrorNotice } from './ErrorNotice'
import type { ApiProblem } from '../api/problem'

interface Props {
  problem: ApiProblem
  onAgain: () => void
}

export function ProblemNotice({ problem, onAgain }: Props) {
  return <ErrorNotice sentence={problem.sentence} reference={problem.reference} onAgain={onAgain} />
}
