"""A task that calls another service: tried again with pauses, and harmless when it is run twice.

Sample code: yours to change or delete.
"""

import time
from uuid import UUID

import httpx

from app.observability import business_event, external_api_error, set_business_context
from app.settings import get_settings
from app.worker import task


class ReceiptsDown(Exception):
    """The receipt service failed in a way that may go away."""


@task(attempts=5, retry_on=(ReceiptsDown,), first_delay_seconds=2)
async def send_receipt(order_id: UUID, credits_paid: int) -> None:
    """Have the receipt of an order sent.

    A worker can die after the call and before it says so; the task is then delivered again. The receipt
    service knows an order by its idempotency key and sends one receipt, however often it is asked.
    """
    set_business_context(action="send_receipt", feature="orders", order_id=str(order_id))
    settings = get_settings()
    started = time.perf_counter()
    status: int | None = None
    try:
        async with httpx.AsyncClient(timeout=settings.receipts_timeout_seconds) as client:
            answer = await client.post(
                settings.receipts_url,
                json={"order_id": str(order_id), "credits": credits_paid},
                headers={"Idempotency-Key": str(order_id)},
            )
            status = answer.status_code
            answer.raise_for_status()
    except httpx.HTTPError as error:
        duration_ms = (time.perf_counter() - started) * 1000
        external_api_error(
            "receipts", endpoint="/receipts", status=status, duration_ms=duration_ms, error=error
        )
        if status is not None and status < 500:
            raise  # it does not like what we send, and will not like it next time
        raise ReceiptsDown from error
    business_event("receipt_sent")
