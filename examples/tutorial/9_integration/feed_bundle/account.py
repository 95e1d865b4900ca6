import asyncio
import base64
import hashlib
import secrets
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession, ClientTimeout

from piped.event import Event
from piped.exceptions import UnfitRequest
from piped.options import Secret


class LoginNeeded(Exception):
    """We may not go on before a user has allowed it."""


class Account:
    """By OAuth: lets users log in at the feed, and has a token that is good."""

    def __init__(self, settings: Any, clock: Any, needs: Any) -> None:
        self._settings = settings
        self._clock = clock
        self._needs = needs
        self._begun: dict[str, str] = {}
        self._token: Secret | None = None
        self._ends = 0.0
        self._renewing = asyncio.Lock()
        self._logged_in = Event()

    def begin(self) -> str:
        """The page to log in at. It will send the user back with a code, and with our state."""
        state, proof = secrets.token_urlsafe(), secrets.token_urlsafe(48)
        # What was begun and not finished is forgotten, the oldest first.
        self._begun = dict([*self._begun.items(), (state, proof)][-10:])
        digest = hashlib.sha256(proof.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._settings.redirect,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return f"{self._settings.url}/login?{urlencode(asked)}"

    async def finish(self, state: str, code: str) -> None:
        """The user is back."""
        if state not in self._begun:
            raise UnfitRequest("this login was not begun here")
        proof, back = self._begun.pop(state), self._settings.redirect
        try:
            await self._ask("authorization_code", code=code, code_verifier=proof, redirect_uri=back)
        except LoginNeeded as refused:
            raise UnfitRequest(str(refused)) from refused
        self._logged_in()

    async def logged_in(self) -> None:
        """Wait until there is a way to get tokens."""
        while "refresh_token" not in self._needs.store.data:
            await self._logged_in.wait_until_fired()

    @property
    def is_due(self) -> bool:
        """Whether the token has to be renewed: before it ends, not after it was refused."""
        return self._token is None or self._clock.monotonic() >= self._ends

    async def token(self) -> Secret:
        async with self._renewing:
            if self.is_due:
                await self._renew()
            assert self._token is not None
            return self._token

    def forget(self, token: Secret) -> None:
        """This one was refused."""
        if token == self._token:
            self._token = None

    async def _renew(self) -> None:
        refresh_token = self._needs.store.data.get("refresh_token")
        if refresh_token is None:
            raise LoginNeeded("nobody has logged in")
        try:
            # Once it was revealed, no log shows it.
            await self._ask("refresh_token", refresh_token=Secret(refresh_token).reveal())
        except LoginNeeded:
            del self._needs.store.data["refresh_token"]
            await self._needs.store.save()
            raise

    async def _ask(self, kind: str, **asked: str) -> None:
        us = f"{self._settings.client_id}:{self._settings.client_secret.reveal()}"
        headers = {"Authorization": f"Basic {base64.b64encode(us.encode()).decode()}"}
        asked["grant_type"] = kind
        url = f"{self._settings.url}/token"
        async with (
            ClientSession(timeout=ClientTimeout(total=30)) as session,
            session.post(url, data=asked, headers=headers) as answer,
        ):
            if answer.status == 400 and (await answer.json()).get("error") == "invalid_grant":
                raise LoginNeeded("the feed gives no token: invalid_grant")
            answer.raise_for_status()
            given = await answer.json()
        self._token = Secret(given["access_token"])
        self._ends = self._clock.monotonic() + 0.9 * given["expires_in"]
        self._needs.store.data["refresh_token"] = Secret(given["refresh_token"]).reveal()
        await self._needs.store.save()
