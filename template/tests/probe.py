"""Routes of the tests' own, so that what the template brings is not tested by samples that you may delete."""

from uuid import UUID

from fastapi import APIRouter

from app.auth import CurrentUser

router = APIRouter(prefix="/probe")


@router.get("/price")
async def price(quantity: int = 1) -> int:
    """For everybody; refuses a quantity that is no number."""
    return quantity


@router.get("/mine/{number}")
async def mine(number: UUID, user: CurrentUser) -> str:
    """For users."""
    return f"{number} of {user.user_id}"
