"""Users see their own reports, staff all; who somebody is, only a verified token says (R-BUG-3)."""

import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from app.observability.privacy import LEVELS
from tests.conftest import AUTH, Start
from tests.database.fixtures import Serve, on_one_engine
from tests.reports.conftest import Options, Rows, bearer

pytestmark = pytest.mark.anyio

STAFF = bearer("s-1", role="staff")


async def report(client: httpx.AsyncClient, user: str, **values: object) -> str:
    """Report something; its id."""
    answer = await client.post("/reports", json={"message": "It is slow.", **values}, headers=bearer(user))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def listed(client: httpx.AsyncClient, headers: Mapping[str, str], **query: object) -> Sequence[Any]:
    """The reports that somebody sees."""
    wanted = {name: str(value) for name, value in query.items()}
    answer = await client.get("/reports", params=wanted, headers=dict(headers))
    assert answer.status_code == 200, answer.text
    reports: list[Any] = answer.json()["reports"]
    return reports


@on_one_engine
@pytest.mark.parametrize("level", LEVELS)
async def test_users_see_their_own_and_staff_all(
    start: Start, serve: Serve, options: Options, level: str
) -> None:
    async with serve(start(level=level, **options)) as client:
        a, b = await report(client, "user-a"), await report(client, "user-b")
        assert [found["id"] for found in await listed(client, bearer("user-a"))] == [a]
        assert [found["id"] for found in await listed(client, bearer("user-b"))] == [b]
        assert [found["id"] for found in await listed(client, STAFF)] == [b, a]
        assert [found["id"] for found in await listed(client, STAFF, user="user-a")] == [a]
        assert [found["id"] for found in await listed(client, bearer("user-a"), user="user-b")] == []


@on_one_engine
@pytest.mark.parametrize("level", LEVELS)
async def test_users_with_nearly_the_same_id_are_not_one(
    start: Start, serve: Serve, options: Options, level: str
) -> None:
    users = ["u-" + "9" * 200 + last for last in "12"] + ["u-1", "u-\01"]
    async with serve(start(level=level, **options)) as client:
        made = {user: await report(client, user) for user in users}
        for user in users:
            assert [found["id"] for found in await listed(client, bearer(user))] == [made[user]]
            assert [found["id"] for found in await listed(client, STAFF, user=user)] == [made[user]]


@pytest.mark.parametrize("name", ["category", "request_id", "event_id"])
async def test_a_filter_that_nothing_can_pass_is_refused(
    start: Start, serve: Serve, options: Options, name: str
) -> None:
    async with serve(start(**options)) as client:
        answer = await client.get("/reports", params={name: "a\0b"}, headers=dict(STAFF))
    assert answer.status_code == 422


async def test_somebody_elses_report_does_not_exist(start: Start, serve: Serve, options: Options) -> None:
    async with serve(start(**options)) as client:
        theirs, own = await report(client, "user-b"), await report(client, "user-a")
        mine = bearer("user-a")
        unknown = await client.get(f"/reports/{uuid4()}", headers=mine)
        for answer in (
            await client.get(f"/reports/{theirs}", headers=mine),
            await client.patch(f"/reports/{theirs}", json={"state": "resolved"}, headers=mine),
        ):
            assert (answer.status_code, answer.json()["detail"]) == (404, unknown.json()["detail"])
        assert (await client.get("/reports", params={"before": theirs}, headers=mine)).status_code == 404
        refused = await client.patch(f"/reports/{own}", json={"state": "resolved"}, headers=mine)
        assert refused.status_code == 403
        assert {found["state"] for found in await listed(client, STAFF)} == {"open"}


@on_one_engine
async def test_ids_cannot_be_guessed(start: Start, serve: Serve, options: Options) -> None:
    async with serve(start(**options)) as client:
        ids = [UUID(await report(client, "user-a")) for _ in range(5)]
    assert {one.version for one in ids} == {4}
    assert ids != sorted(ids) or len(set(ids)) == 5


async def test_staff_change_and_filter(start: Start, serve: Serve, options: Options) -> None:
    async with serve(start(**options)) as client:
        first, second = (
            await report(client, "u-1", severity="high"),
            await report(client, "u-2", category="data"),
        )
        changed = await client.patch(f"/reports/{first}", json={"state": "acknowledged"}, headers=STAFF)
        assert changed.json()["state"] == "acknowledged"
        assert changed.json()["updated_at"] > changed.json()["created_at"]
        request_id = changed.json()["request_id"]
        for query, expected in (
            ({"state": "acknowledged"}, [first]),
            ({"state": "open"}, [second]),
            ({"severity": "high"}, [first]),
            ({"category": "data"}, [second]),
            ({"request_id": request_id}, [first]),
            ({"event_id": changed.json()["event_id"]}, [first]),
            ({"state": "resolved"}, []),
        ):
            assert [found["id"] for found in await listed(client, STAFF, **query)] == expected
        assert (await client.get("/reports?state=x", headers=dict(STAFF))).status_code == 422


async def test_pages_are_complete_and_hold_nothing_twice(
    start: Start, serve: Serve, options: Options
) -> None:
    async with serve(start(**options)) as client:
        made = [await report(client, "u-1") for _ in range(7)]
        seen, query = [], {"limit": "3"}
        while True:
            page = (await client.get("/reports", params=query, headers=dict(bearer("u-1")))).json()
            seen += [found["id"] for found in page["reports"]]
            if page["next"] is None:
                break
            query["before"] = page["next"]
    assert seen == made[::-1]


def forged() -> list[dict[str, str]]:
    """Headers of tokens that are not to be believed, all of them of somebody who would be staff."""
    claims = {"sub": "s-1", "role": "staff", "iss": AUTH["auth_issuer"], "aud": AUTH["auth_audience"]}
    valid = {**claims, "exp": int(time.time()) + 600}
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    tokens = [
        jwt.encode(valid, "", algorithm="none"),
        jwt.encode(valid, "another-key-of-thirty-two-bytes-or-more-0123", "HS256"),
        jwt.encode(valid, private, "RS256"),
        jwt.encode({**claims, "exp": int(time.time()) - 600}, AUTH["auth_key"], "HS256"),
        jwt.encode({**valid, "aud": "somebody-else"}, AUTH["auth_key"], "HS256"),
        jwt.encode({**valid, "iss": "https://elsewhere.example"}, AUTH["auth_key"], "HS256"),
        jwt.encode(claims, AUTH["auth_key"], "HS256"),
        "nonsense",
    ]
    return [{}, *({"Authorization": f"Bearer {token}"} for token in tokens)]


@on_one_engine
async def test_a_forged_token_gets_401_and_changes_nothing(
    start: Start, serve: Serve, options: Options, rows: Rows
) -> None:
    async with serve(start(**options)) as client:
        existing = await report(client, "u-1")
        for headers in forged():
            for answer in (
                await client.get("/reports", headers=headers),
                await client.get(f"/reports/{existing}", headers=headers),
                await client.patch(f"/reports/{existing}", json={"state": "resolved"}, headers=headers),
                await client.post("/reports", json={"message": "x"}, headers=headers),
            ):
                assert answer.status_code == 401, headers
        [report_row] = await rows(1)
    assert (str(report_row.id), report_row.state) == (existing, "open")
