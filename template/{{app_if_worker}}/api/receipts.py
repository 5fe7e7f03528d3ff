"""Ask for a receipt: the answer comes at once, the work is a worker's.

Sample code: yours to change or delete.
"""

from uuid import UUID

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

from app.api.orders import OrdersService
from app.auth import CurrentUser
from app.tasks.receipts import send_receipt
from app.worker import enqueue

router = APIRouter(prefix="/orders", tags=["orders"])


class Accepted(BaseModel):
    """Work that was handed to a worker."""

    task_id: str


@router.post("/{order_id}/receipt", status_code=202)
async def receipt(order_id: UUID, user: CurrentUser, service: OrdersService) -> Accepted:
    """Have the receipt of an order sent; 503 while the task queue cannot be reached."""
    order = service.find(user.tenant or user.user_id, order_id)
    if order is None:
        raise HTTPException(404, "there is no such order")
    return Accepted(task_id=await enqueue(send_receipt, order_id=order_id, credits_paid=order.credits))
