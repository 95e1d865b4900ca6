"""Who may ask: names and passwords, or tokens, held against a checker of `twisted.cred`."""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from zope.interface import Attribute, Interface, implementer

from piped.checkers import Checker
from piped.web.site import answers
from piped.web.site.site import Answer

__all__ = ["Auth", "IToken", "Tokens", "WithAuth"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Auth:
    """Who may ask. The baton has the name of the one who does, as `avatar_id`.

    checker: what knows who may ask
    kind: basic, which is a name and a password; or token, as in `Authorization: Bearer …`
    realm: what browsers show when they ask for the password
    """

    checker: Checker
    kind: Literal["basic", "token"] = "basic"
    realm: str = "piped"

    def __post_init__(self) -> None:
        if not self.realm.isprintable() or not self.realm.isascii() or '"' in self.realm:
            raise ValueError("a realm has letters, digits and signs of ASCII, without quotes")


class IToken(Interface):
    """The credentials of a token: for the `credentialInterfaces` of a checker."""

    token = Attribute("The token, as bytes.")


@implementer(IToken)
class _Token:
    def __init__(self, token: bytes) -> None:
        self.token = token


class Tokens:
    """A checker that knows tokens by the names of those who have them."""

    credentialInterfaces = (IToken,)  # noqa: N815 - Twisted's name for it

    def __init__(self, **tokens: str) -> None:
        self._tokens = {name: str(token).encode() for name, token in tokens.items()}

    def requestAvatarId(self, credentials: Any) -> str:  # noqa: N802 - Twisted's name for it
        from twisted.cred.error import UnauthorizedLogin

        # All are compared, so that the time it takes says nothing.
        matches = [
            name
            for name, token in self._tokens.items()
            if hmac.compare_digest(token, credentials.token)
        ]
        if not matches:
            raise UnauthorizedLogin("no such token")
        return matches[0]


class WithAuth:
    """A layer: 401 for all whom the checker does not know."""

    def __init__(self, auth: Auth, checker: Any, inner: Answer) -> None:
        self._checker = checker
        self._inner = inner
        self._read = _password if auth.kind == "basic" else _token
        scheme = "Basic" if auth.kind == "basic" else "Bearer"
        self._challenge = f'{scheme} realm="{auth.realm}", charset="UTF-8"'.encode()
        # Who has a token is told to get another one, and not that one is needed (RFC 6750).
        self._wrong = b', error="invalid_token"' if auth.kind == "token" else b""

    def __call__(self, request: Any, told: Any) -> None:
        from twisted.internet.defer import maybeDeferred

        credentials = self._read(request.getHeader(b"authorization") or b"")
        if credentials is None:
            self._refuse(request, self._challenge)
            return
        known = maybeDeferred(self._checker.requestAvatarId, credentials)
        known.addCallbacks(
            self._let_in,
            self._failed,
            callbackArgs=(request, told),
            errbackArgs=(request,),
        )
        known.addErrback(_crashed, request)

    def _let_in(self, avatar_id: Any, request: Any, told: Any) -> None:
        if answers.is_over(request):  # the client went away, while the checker was busy
            return
        request.avatar_id = avatar_id.decode() if isinstance(avatar_id, bytes) else avatar_id
        self._inner(request, told)

    def _failed(self, failure: Any, request: Any) -> None:
        from twisted.cred.error import LoginFailed

        if not failure.check(LoginFailed):
            _crashed(failure, request)
        elif not answers.is_over(request):
            self._refuse(request, self._challenge + self._wrong)

    def _refuse(self, request: Any, challenge: bytes) -> None:
        request.setHeader(b"www-authenticate", challenge)
        answers.page(request, 401)


def _crashed(failure: Any, request: Any) -> None:
    """The checker itself, or what stands behind it, failed."""
    logger.error("it could not be checked who asks", exc_info=failure.value)
    if not answers.is_over(request) and not request.startedWriting:
        answers.page(request, 500, title="Processing Failed")


@cache
def _password_class() -> Any:
    from twisted.cred.credentials import UsernamePassword

    class Password(UsernamePassword):
        """Fits what a file of YAML has: text."""

        def checkPassword(self, password: Any) -> bool:  # noqa: N802 - Twisted's name for it
            known = password.encode() if isinstance(password, str) else password
            return hmac.compare_digest(known, self.password)

    return Password


def _password(header: bytes) -> Any:
    scheme, _, encoded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except binascii.Error:
        return None
    return _password_class()(name, password) if colon else None


def _token(header: bytes) -> Any:
    scheme, _, token = header.partition(b" ")
    return _Token(token.strip()) if scheme.lower() == b"bearer" and token.strip() else None
