from collections.abc import AsyncIterator
from typing import Any

from piped.event import Event


class Timeline:
    """What has come: the latest, and the number of the last, in one file."""

    def __init__(self, needs: Any) -> None:
        self._needs = needs
        self._changed = Event()
        self._state = "not connected"

    @property
    def last(self) -> int:
        return self._needs.store.data.get("last", 0)

    async def keep(self, status: dict[str, Any]) -> None:
        """This one is done, whatever happens from now on."""
        data = self._needs.store.data
        data["latest"] = [*data.get("latest", []), status][-20:]
        data["last"] = status["id"]
        await self._needs.store.save()
        self._changed()

    def tell(self, state: str) -> None:
        """How things are with the feed."""
        self._state = state
        self._changed()

    async def follow(self) -> AsyncIterator[dict[str, Any]]:
        """The events of a page: the latest, and what comes."""
        last, state = 0, ""
        while True:
            latest = self._needs.store.data.get("latest", [])
            if (news := next((each for each in latest if each["id"] > last), None)) is not None:
                last = news["id"]
                yield {"event": "status", "id": last, "data": news}
            elif state != self._state:
                state = self._state
                yield {"event": "state", "data": state}
            else:
                await self._changed.wait_until_fired()
