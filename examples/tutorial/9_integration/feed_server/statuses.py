"""Statuses: those that are published, and those who follow them."""

import time
from collections.abc import AsyncIterator
from typing import Any

from piped import Processor
from piped.event import Event
from piped.exceptions import UnfitRequest

KEPT = 1000
# There are some that the followers may not have heard of.
announced = Event()


class Statuses(Processor):
    """Has what is published."""

    def configure(self, runtime_environment: Any) -> None:
        published = {"provider": "persisted_context.published"}
        self._needs = runtime_environment.create_dependency_map(self, published=published)

    @property
    def statuses(self) -> list[dict[str, Any]]:
        return self._needs.published["statuses"]


class AddStatus(Statuses):
    name = "add-status"

    def process(self, baton: Any) -> Any:
        text = baton["status"].get("text") if isinstance(baton["status"], dict) else None
        if not isinstance(text, str) or not 0 < len(text) <= 280:
            raise UnfitRequest("a status has a text of at most 280 letters")
        last = self.statuses[-1]["id"] if self.statuses else 0
        # No number comes twice, not even if the status was not saved when the process was killed.
        number = max(last + 1, time.time_ns() // 1000)
        user = baton["request"].avatar_id.name
        baton["status"] = {"id": number, "user": user, "text": text}
        self.statuses.append(baton["status"])
        del self.statuses[:-KEPT]
        return baton


class AnnounceStatuses(Processor):
    name = "announce-statuses"

    def process(self, baton: Any) -> Any:
        announced()
        return baton


class FollowStatuses(Statuses):
    name = "follow-statuses"

    def process(self, baton: Any) -> Any:
        request = baton["request"]
        last = request.getHeader("last-event-id") or "0"
        if not last.isdecimal():
            raise UnfitRequest("the last event has a number")
        return {**baton, "events": self._events(int(last), request.avatar_id.until)}

    async def _events(self, last: int, until: float) -> AsyncIterator[dict[str, Any]]:
        """All after the last one, as long as the token is good."""
        while (left := until - time.time()) > 0:
            news = [each for each in self.statuses if each["id"] > last]
            for status in news:
                last = status["id"]
                yield {"event": "status", "id": last, "data": status}
            if not news:
                try:
                    await announced.wait_until_fired(left)
                except TimeoutError:
                    return
