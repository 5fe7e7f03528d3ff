"""A task that fails on purpose, to see its error arrive with the request's id. Never in production."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from app.api.diagnostics import DiagnosticError, guard
from app.worker.decorator import task
from app.worker.queue import enqueue

router = APIRouter(prefix="/diagnostics", tags=["diagnostics"], dependencies=[Depends(guard)])


class Accepted(BaseModel):
    """A task that was handed to a worker."""

    task_id: str


@task(timeout_seconds=5)
def fail() -> None:
    """Raise."""
    raise DiagnosticError("raised by a worker for /diagnostics/failing-job")


@router.post("/failing-job", status_code=202)
async def failing_job() -> Accepted:
    """A request that is answered, and whose task fails in a worker."""
    return Accepted(task_id=await enqueue(fail))
