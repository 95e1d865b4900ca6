from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from piped import Provider
from piped.options import Duration, ResourceName, Secret


@dataclass(frozen=True, kw_only=True)
class FeedSettings:
    """A feed, and who we are there.

    url: where the feed is
    client_id: what it calls us
    client_secret: how it knows that it is us
    redirect: where users come back to who have logged in there
    processor: what gets each status
    store: where it is kept how far we are
    initial_delay: how long to wait before connecting again, the first time; longer each time
    max_delay: the longest time to wait
    silence: a stream in which nothing comes for so long is broken
    """

    url: str
    client_id: str
    client_secret: Secret
    redirect: str
    processor: ResourceName
    store: ResourceName
    initial_delay: Duration = 1.0
    max_delay: Duration = 30.0
    silence: Duration = 20.0

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise ValueError("the url of a feed begins with http:// or https://")
        if not 0 < self.initial_delay <= self.max_delay:
            raise ValueError("`initial_delay` is more than nothing, and at most `max_delay`")


class FeedProvider(Provider):
    """Follow feeds, and hand each status to a processor, as `status` of the baton."""

    section: ClassVar[str] = "feeds"
    settings: ClassVar[Any] = dict[str, FeedSettings]
    requires: ClassVar[tuple[str, ...]] = ("aiohttp",)
    extra: ClassVar[str] = "http"

    def offers(self, settings: dict[str, FeedSettings]) -> Iterable[str]:
        for name in settings:
            yield from (f"feed.{name}", f"feed.{name}.account", f"feed.{name}.timeline")

    def configure(self, runtime_environment: Any) -> None:
        from feed_bundle.client import FeedClient

        for name, settings in runtime_environment.settings(self.section, {}).items():
            client = FeedClient(name, settings)
            client.configure(runtime_environment)
            client.setServiceParent(runtime_environment.application)
