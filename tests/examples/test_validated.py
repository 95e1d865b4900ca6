"""The example of validation, as a process that is asked over HTTP."""

from __future__ import annotations

from typing import Any

from tests.test_web_examples import running


async def test_an_order_is_taken_if_it_is_one() -> None:
    async with running("validated") as (site, client):
        order: Any = {"name": "Ada", "engines": [{"kind": "difference", "count": 2}]}
        answer = await client.post(f"{site}/orders", json=order)
        assert (answer.status, await answer.json()) == (201, {"name": "Ada", "total": 34_940})
        order = {"name": "", "engines": [{"kind": "steam"}]}
        wanted = {"Accept": "application/json"}
        answer = await client.post(f"{site}/orders", json=order, headers=wanted)
        assert answer.status == 400
        told = await answer.json(content_type=None)
        assert [each["path"] for each in told["faults"]] == ["name", "engines.0.kind"]
