"""Routes for the tests; copied into a rendered service as `app/api/trial.py`."""

from fastapi import APIRouter

from app.observability import set_user
from app.tasks import trial
from app.worker import enqueue

router = APIRouter(prefix="/trial")

TASKS = {
    "broken": trial.broken,
    "count": trial.count,
    "deadly": trial.deadly,
    "never": trial.never,
    "slow": trial.slow,
}


@router.post("/{name}/{number}")
async def start(name: str, number: int) -> str:
    """Enqueue a task for somebody."""
    set_user("user-17", tenant="tenant-4", role="staff")
    return await enqueue(TASKS[name], number)
