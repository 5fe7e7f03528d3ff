"""A route for the tests, copied into a rendered service: the job that it starts fails, and so does it."""

from fastapi import APIRouter

from app.worker import enqueue
from app.worker.diagnostics import fail

router = APIRouter()


class JobFailed(Exception):
    """What the route raises."""


@router.post("/failing-with-its-job")
async def failing() -> None:
    """Have a worker fail, and fail."""
    await enqueue(fail)
    raise JobFailed
