"""What ended a connection, in words on one line."""

from __future__ import annotations

import sys

from piped.flows.elsewhere.messages import words_of

__all__ = ["fault_of", "tls_fault"]

# What OpenSSL says, and what it means to whom it is said.
_MEANT = {
    "certificate verify failed": "its certificate is signed by nobody whom we trust",
    "tlsv1 alert unknown ca": "it does not trust who has signed our certificate",
    "peer did not return a certificate": "it has no certificate",
    "tlsv13 alert certificate required": "it wants a certificate of us",
    "wrong version number": "what it says is no TLS",
}


def tls_fault(failure: BaseException | None) -> str:
    """What is wrong with TLS or a certificate, if it is that, or nothing."""
    if _is(failure, "service_identity.exceptions", "VerificationError"):
        return "its certificate is for another name than the one that we connect to"
    if not _is(failure, "OpenSSL.SSL", "Error") or failure is None:
        return ""
    said = [str(each[-1]) for each in failure.args[0]] if failure.args else []
    meant = [_MEANT[each] for each in said if each in _MEANT]
    return meant[0] if meant else f"TLS fails: {', '.join(said) or 'it has ended'}"


def fault_of(failure: BaseException) -> str:
    """Why there is no connection, or no more."""
    # Twisted's failures to list a folder say nothing themselves.
    return tls_fault(failure) or words_of(getattr(failure, "originalException", failure))


def _is(failure: BaseException | None, module: str, name: str) -> bool:
    """Whether it is of a class of a module that is imported only where there is TLS."""
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(failure, kind)
