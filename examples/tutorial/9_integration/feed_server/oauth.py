"""OAuth 2.0, as far as this feed needs it: codes with a proof key, tokens that end and are renewed.

Codes and access tokens are signed, and say themselves whose they are and until when. Of refresh
tokens there are hashes, by user: the last one given, and the one before, until the last is used.
"""

import base64
import hashlib
import hmac
import html
import json
import secrets
import time
from typing import Any, NamedTuple
from urllib.parse import urlencode

from twisted.cred.error import UnauthorizedLogin

from piped import Processor
from piped.exceptions import UnfitRequest
from piped.options import Duration, Secret
from piped.web.site.auth import IToken

LOGIN = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>The feed</title>
<style>body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 4rem auto; width: 24rem }}</style>
<h1>The feed</h1>
<form method="post">{hidden}
<p><b>{client}</b> wants to read and write for you.
<p><label>Who are you? <input name="user" required pattern="[a-z]+" autofocus></label>
<p><button>Allow</button></form></html>"""


class User(NamedTuple):
    name: str
    until: float


class Tokens:
    """A checker that knows access tokens."""

    credentialInterfaces = (IToken,)  # noqa: N815 - Twisted's name for it

    def __init__(self, key: str) -> None:
        self._key = key

    def requestAvatarId(self, credentials: Any) -> User:  # noqa: N802 - Twisted's name for it
        claims = claims_of(self._key, credentials.token.decode("ascii", "replace"), "access")
        if claims is None:
            raise UnauthorizedLogin("the token is not good, or no more")
        return User(claims["user"], claims["until"])


class ShowLogin(Processor):
    name = "show-login"

    def __init__(self, *, redirects: list[str], **node: Any) -> None:
        """redirects: where applications may have their users sent back to"""
        super().__init__(**node)
        self.redirects = redirects

    def process(self, baton: Any) -> Any:
        asked = checked(baton["asked"], self.redirects)
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
            for name, value in asked.items()
        )
        client = html.escape(asked["client_id"])
        return {**baton, "content": LOGIN.format(hidden=hidden, client=client)}


class GrantCode(Processor):
    name = "grant-code"

    def __init__(self, *, redirects: list[str], key: Secret, **node: Any) -> None:
        """
        redirects: where applications may have their users sent back to
        key: what codes and tokens are signed with
        """
        super().__init__(**node)
        self.redirects = redirects
        self.key = key

    def process(self, baton: Any) -> Any:
        asked = checked(baton["asked"], self.redirects)
        if not asked.get("user", "").isalpha():
            raise UnfitRequest("a user has a name")
        kept = {name: asked[name] for name in ("user", "redirect_uri", "code_challenge")}
        code = signed(self.key.reveal(), "code", 60, **kept)
        back = urlencode({"code": code, "state": asked["state"]})
        return {**baton, "location": f"{asked['redirect_uri']}?{back}"}


class GrantTokens(Processor):
    name = "grant-tokens"

    def __init__(self, *, key: Secret, lifetime: Duration, **node: Any) -> None:
        """
        key: what codes and tokens are signed with
        lifetime: how long an access token is good
        """
        super().__init__(**node)
        self.key = key
        self.lifetime = lifetime
        self._used: dict[str, float] = {}

    def configure(self, runtime_environment: Any) -> None:
        published = {"provider": "persisted_context.published"}
        self._needs = runtime_environment.create_dependency_map(self, published=published)

    def process(self, baton: Any) -> Any:
        asked = baton["asked"]
        kinds = {"authorization_code": self._by_code, "refresh_token": self._by_refresh_token}
        if asked.get("grant_type") not in kinds:
            raise UnfitRequest("unsupported_grant_type")
        user, kept = kinds[asked["grant_type"]](asked)
        refresh = f"{user}.{secrets.token_urlsafe()}"
        self._needs.published["refresh"][user] = [*kept, digest(refresh)]
        access = signed(self.key.reveal(), "access", self.lifetime, user=user)
        content = {"access_token": access, "refresh_token": refresh, "token_type": "Bearer"}
        return {**baton, "content": {**content, "expires_in": self.lifetime}}

    def _by_code(self, asked: dict[str, str]) -> tuple[str, list[str]]:
        code = asked.get("code", "")
        claims = claims_of(self.key.reveal(), code, "code")
        now = time.time()
        self._used = {code: until for code, until in self._used.items() if until > now}
        if (
            claims is None
            or code in self._used
            or claims["redirect_uri"] != asked.get("redirect_uri")
            or claims["code_challenge"] != challenge_of(asked.get("code_verifier", ""))
        ):
            raise UnfitRequest("invalid_grant")
        self._used[code] = claims["until"]
        return claims["user"], []

    def _by_refresh_token(self, asked: dict[str, str]) -> tuple[str, list[str]]:
        token = asked.get("refresh_token", "")
        user = token.partition(".")[0]
        if digest(token) not in self._needs.published["refresh"].get(user, []):
            raise UnfitRequest("invalid_grant")
        return user, [digest(token)]


def checked(asked: dict[str, str], redirects: list[str]) -> dict[str, str]:
    """What an application has sent a user with."""
    needed = {"client_id", "redirect_uri", "state", "code_challenge"}
    if needed - asked.keys() or asked["redirect_uri"] not in redirects:
        raise UnfitRequest("this is no way to ask for a login")
    return asked


def signed(key: str, kind: str, lifetime: float, **claims: Any) -> str:
    claims |= {"kind": kind, "until": time.time() + lifetime, "id": secrets.token_hex(8)}
    body = text_of(json.dumps(claims).encode())
    return f"{body}.{signature(key, body)}"


def claims_of(key: str, token: str, kind: str) -> dict[str, Any] | None:
    """What we have signed, unless it is something else, or over."""
    body, _, mark = token.partition(".")
    if not hmac.compare_digest(mark.encode(), signature(key, body).encode()):
        return None
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    return claims if claims["kind"] == kind and claims["until"] > time.time() else None


def signature(key: str, body: str) -> str:
    return text_of(hmac.digest(key.encode(), body.encode(), "sha256"))


def challenge_of(verifier: str) -> str:
    """How a proof key looks before it is shown (RFC 7636)."""
    return text_of(hashlib.sha256(verifier.encode()).digest())


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def text_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
