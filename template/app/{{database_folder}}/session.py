"""The session of a request, as a dependency of routes."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.engine import current


async def session() -> AsyncIterator[AsyncSession]:
    """Dependency: a session that is committed when the route returns and rolled back when it raises."""
    async with current().transaction() as opened:
        yield opened


# Scope `function`: the commit comes before the answer, so that a failing one is not told as a success.
Session = Annotated[AsyncSession, Depends(session, scope="function")]
