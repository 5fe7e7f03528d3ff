"""Orders paid with prepaid credits: a small domain that shows how a service is observed.

Sample code: yours to change or delete.
"""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from uuid import UUID, uuid4

from app.observability import Service, business_event, credit_operation, set_business_context, span, traced
from app.rates import Rates

PRICES: Final = {"notebook": Decimal("4.50"), "pencil": Decimal("1.20"), "desk": Decimal("249.00")}
"""Price of one piece, in euros."""

FIRST_CREDITS: Final = 1_000
"""Credits of a customer that is seen for the first time; one credit pays one euro."""


class UnknownItem(Exception):
    """The item is not for sale."""


class NotEnoughCredits(Exception):
    """The customer's balance does not cover the order."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What an order would cost."""

    item: str
    quantity: int
    currency: str
    total: Decimal


@dataclass(frozen=True, slots=True)
class Order:
    """An order that was placed."""

    order_id: UUID
    customer: str
    quote: Quote
    credits: int


@dataclass
class Ledger:
    """Orders and balances, kept in memory: replace it by your database."""

    orders: dict[UUID, Order] = field(default_factory=dict)
    credits: dict[str, int] = field(default_factory=dict)


class Orders(Service):
    """Quotes and orders."""

    slow_ms = 2_000.0

    def __init__(self, ledger: Ledger, rates: Rates) -> None:
        self._ledger = ledger
        self._rates = rates

    async def quote(self, item: str, quantity: int, currency: str) -> Quote:
        """What `quantity` of an item costs.

        Raises:
            UnknownItem: it is not for sale.
            RatesUnavailable: there is no exchange rate for the currency right now.
        """
        with self.operation("quote", quantity=quantity):
            if item not in PRICES:
                raise UnknownItem
            with span("external_api", "exchange rate"):
                rate = await self._rates.rate(currency)
            return Quote(item, quantity, currency, _total(PRICES[item], quantity, rate))

    async def place(self, customer: str, item: str, quantity: int) -> Order:
        """Order and pay with credits.

        Raises:
            UnknownItem: it is not for sale.
            NotEnoughCredits: the balance does not cover it.
        """
        with self.operation("place", quantity=quantity):
            quote = await self.quote(item, quantity, "EUR")
            cost = int(quote.total.to_integral_value(ROUND_HALF_UP))
            order = Order(uuid4(), customer, quote, cost)
            set_business_context(action="place_order", feature="orders", order_id=str(order.order_id))
            self._spend(customer, cost)
            with span("db", "store order"):
                self._ledger.orders[order.order_id] = order
            business_event("order_placed", item=item, quantity=quantity)
            return order

    def find(self, customer: str, order_id: UUID) -> Order | None:
        """A customer's order; None if there is none, or it is somebody else's."""
        order = self._ledger.orders.get(order_id)
        return order if order is not None and order.customer == customer else None

    def _spend(self, customer: str, cost: int) -> None:
        balance = self._ledger.credits.setdefault(customer, FIRST_CREDITS)
        credit_operation("spend", amount=cost, tenant=customer, succeeded=cost <= balance)
        if cost > balance:
            raise NotEnoughCredits
        self._ledger.credits[customer] = balance - cost


@traced
def _total(price: Decimal, quantity: int, rate: Decimal) -> Decimal:
    return (price * quantity * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
