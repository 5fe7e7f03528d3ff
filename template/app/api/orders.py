"""Quotes and orders over HTTP: input checked, errors translated, the work left to the service class.

Sample code: yours to change or delete.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, Field

from app.api.health import HealthCheck
from app.auth import CurrentUser
from app.observability import span
from app.orders import PRICES, Ledger, NotEnoughCredits, Order, Orders, UnknownItem
from app.rates import Rates
from app.settings import Settings

router = APIRouter(prefix="/orders", tags=["orders"])

Item = Annotated[str, Field(min_length=1, max_length=40, examples=["notebook"])]
Quantity = Annotated[int, Field(ge=1, le=100)]

_ledger = Ledger()


class ItemAnswer(BaseModel):
    """Something that is for sale."""

    item: str
    price: Decimal


class QuoteAnswer(BaseModel):
    """What an order would cost."""

    item: str
    quantity: int
    currency: str
    total: Decimal


class OrderRequest(BaseModel):
    """What to order."""

    item: Item
    quantity: Quantity = 1


class OrderAnswer(BaseModel):
    """An order that was placed."""

    order_id: UUID
    item: str
    quantity: int
    credits: int


def orders(request: Request) -> Orders:
    """Dependency: the service class."""
    settings: Settings = request.app.state.settings
    return Orders(_ledger, Rates(settings.rates_url, settings.rates_timeout_seconds))


OrdersService = Annotated[Orders, Depends(orders)]


@router.get("/items")
async def items() -> list[ItemAnswer]:
    """What is for sale, and for how many euros a piece."""
    return [ItemAnswer(item=item, price=price) for item, price in PRICES.items()]


@router.get("/quote")
async def quote(
    service: OrdersService,
    item: Annotated[str, Query(min_length=1, max_length=40)],
    quantity: Annotated[int, Query(ge=1, le=100)] = 1,
    currency: Annotated[str, Query(pattern="^[A-Z]{3}$")] = "EUR",
) -> QuoteAnswer:
    """What an order would cost; currencies other than EUR ask another service."""
    try:
        found = await service.quote(item, quantity, currency)
    except UnknownItem:
        raise HTTPException(404, "this item is not for sale") from None
    return QuoteAnswer(item=item, quantity=quantity, currency=currency, total=found.total)


@router.post("", status_code=201)
async def place(body: OrderRequest, user: CurrentUser, service: OrdersService) -> OrderAnswer:
    """Order with the credits of the user's organization."""
    try:
        order = await service.place(user.tenant or user.user_id, body.item, body.quantity)
    except UnknownItem:
        raise HTTPException(404, "this item is not for sale") from None
    except NotEnoughCredits:
        raise HTTPException(402, "there are not enough credits left") from None
    with span("serialize", "order"):
        return _answer(order)


@router.get("/{order_id}")
async def find(order_id: UUID, user: CurrentUser, service: OrdersService) -> OrderAnswer:
    """An order of the user's organization."""
    order = service.find(user.tenant or user.user_id, order_id)
    if order is None:
        raise HTTPException(404, "there is no such order")
    return _answer(order)


def health_checks(settings: Settings) -> Iterator[HealthCheck]:
    """The exchange-rate service in the health report: not critical, euros need no rate."""
    rates = Rates(settings.rates_url, settings.rates_timeout_seconds)
    yield HealthCheck("rates", rates.probe, critical=False)


def _answer(order: Order) -> OrderAnswer:
    return OrderAnswer(
        order_id=order.order_id,
        item=order.quote.item,
        quantity=order.quote.quantity,
        credits=order.credits,
    )
