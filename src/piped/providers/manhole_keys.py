"""The keys of a manhole: that of the server, and those of who may come in."""

from __future__ import annotations

import logging
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from twisted.conch.error import ValidPublicKey
from twisted.conch.ssh.keys import BadKeyError, EncryptedKeyError, FingerprintFormats, Key
from twisted.cred.credentials import ISSHPrivateKey
from twisted.cred.error import UnauthorizedLogin

from piped import durable

__all__ = ["KeyChecker", "KeyFault", "authorized", "host_key", "read_host_key"]

logger = logging.getLogger(__name__)


class KeyFault(ValueError):
    """What is wrong with a file of keys."""


def host_key(path: Path) -> Key:
    """The private key in the file at `path`. It is made where there is none. Raises `KeyFault`."""
    found = read_host_key(path)
    if found is not None:
        return found
    made = Ed25519PrivateKey.generate()
    content = made.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        durable.write(path, content)  # readable by its owner alone
    except OSError as error:
        raise KeyFault(f"the host key cannot be written: {error}") from error
    key: Key = Key.fromString(content)
    logger.info("a host key was made: %s, %s", path, _fingerprint(key))
    return key


def read_host_key(path: Path) -> Key | None:
    """The private key in the file at `path`, or None if there is no file. Raises `KeyFault`."""
    try:
        content = path.read_bytes()
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeyFault(f"the host key cannot be read: {error}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFault(f"the host key {path} can be read by others: chmod 600 {path}")
    try:
        key: Key = Key.fromString(content)
    except EncryptedKeyError as error:
        raise KeyFault(f"the host key {path} is encrypted") from error
    except (BadKeyError, ValueError) as error:
        raise KeyFault(f"{path} is no private key in the form of OpenSSH or PEM") from error
    if key.isPublic():
        raise KeyFault(f"{path} is a public key, and the private one is needed")
    return key


def authorized(path: Path) -> Iterator[Key]:
    """The public keys in a file, one a line as in `authorized_keys`. Raises `KeyFault`.

    A line that begins with options is none: what they restrict would not be restricted.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise KeyFault(f"the keys cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith(b"#"):
            continue
        try:
            key = Key.fromString(line.strip())
        except Exception as error:
            raise KeyFault(f"line {number} of {path} is no public key") from error
        if not key.isPublic():
            raise KeyFault(f"{path} has a private key, and the public one is needed")
        yield key


class KeyChecker:
    """Knows people by their keys. The files are read at each login: who is taken out, is out.

    Twisted has one like it, in a module that asks Python for what is about to be removed.
    """

    credentialInterfaces = (ISSHPrivateKey,)  # noqa: N815 - Twisted's name

    def __init__(self, files: dict[str, list[Path]]) -> None:
        self._files = {name.encode(): each for name, each in files.items()}

    def requestAvatarId(self, credentials: Any) -> bytes:  # noqa: N802 - Twisted's name
        """Who it is. Raises `ValidPublicKey` if it is only asked whether the key is known."""
        name: bytes = credentials.username
        try:
            key = Key.fromString(credentials.blob)
        except Exception as error:
            raise UnauthorizedLogin("this is no key") from error
        if key not in self._keys(name):
            raise UnauthorizedLogin("nobody knows this key")
        if not credentials.signature:
            raise ValidPublicKey
        if not _is_signed(key, credentials):
            raise UnauthorizedLogin("the signature is not that of this key")
        return name

    def _keys(self, name: bytes) -> list[Key]:
        keys: list[Key] = []
        for path in self._files.get(name, ()):
            try:
                keys += authorized(path)
            except KeyFault as fault:
                logger.error("manhole: %s", fault)  # noqa: TRY400 - it says all
        return keys


def _is_signed(key: Key, credentials: Any) -> bool:
    try:
        return bool(key.verify(credentials.signature, credentials.sigData))
    except Exception:  # noqa: BLE001 - whatever was sent, it is no signature
        return False


def _fingerprint(key: Key) -> str:
    return f"SHA256:{key.fingerprint(FingerprintFormats.SHA256_BASE64).rstrip('=')}"
