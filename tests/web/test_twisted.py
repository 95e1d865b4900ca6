"""The tests that Twisted has for `twisted.web`, on our connections and requests."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path

import pytest

# What does not hold here, and why. `docs/differences.md` says the same in fewer words.
LEFT_OUT = {
    "test_http": {
        r"ChannelProductionTests\.": "inside of HTTPChannel: its producer methods",
        r"GenericHTTPChannelTests\.": "inside of HTTPChannel: how it is wrapped for HTTP/2",
        r"PersistenceTests\.": "inside of HTTPChannel: checkPersistence",
        r"HTTPChannelSanitizationTests\.": "inside of HTTPChannel: writeHeaders",
        r"PipeliningBodyTests\.test_(immediateABig|pipeliningReadLimit|stepwiseDump)": (
            "inside of HTTPChannel: its buffer; a body is read before the one before it is answered"
        ),
        r"test_(connectionLostAfterForceClose|transport(ForciblyClosed|NotAborted\w+))": (
            "inside of HTTPChannel: its timers; ours are tested in test_time"
        ),
        r"test_requestBody(DefaultTimeout|TimeoutFromFactory)": "the same",
        r"HTTP0_9Tests\.test_(buffer|noPipeliningApi)": "wants an answer in one write with nothing",
        r"HTTP1_1\w*\.test_noPipelining": "counts the requests that are kept, not the answers",
        r"RequestTests\.test_(firstWrite|lastModifiedAlr|registerProd|finishCleans)": (
            "puts another transport into the channel of a request that is made"
        ),
        r"RequestTests\.test_setResponseCode": "asks for a status line without a version",
        r"SecurityTests\.test_notSecureAfterFinish": "what was secure is, when it is answered, too",
        r"ParsingTests\.test_(headersTooBig|headerLimitPerRequest)": (
            "counts a head in another way; ours is tested in test_reading"
        ),
        r"ParsingTests\.test_(headerStripWhitespace|headersMultiline)": (
            "control characters and folded lines are refused"
        ),
        r"ParsingTests\.test_chunkedEncoding|ChunkingTests\.test_multipartFormData": (
            "chunks in HTTP/1.0 are refused"
        ),
        r"ParsingTests\.test_transferEncodingIdentity": "the coding was withdrawn; it is refused",
        r"ParsingTests\.test_invalidRequestLineExtraSpaces": "are read as one, as RFC 9112 allows",
        r"ParsingTests\.test_multipart": (
            "a form is read when it is asked for; one that breaks off is refused"
        ),
    },
    "test_web": {
        r"RequestTests\.test_default(Larger|UnknownSize)ContentFile": "gotLength of HTTPChannel",
        r"RequestTests\.test_siteSuppliedContentFile": "the same",
        r"RequestTests\.test_parsePOSTFormSubmissionSetFromSite": "a form is read when asked for",
    },
    "test_static": {
        r"test_forbiddenResource": "fails for root with Twisted's own, too",
    },
    "test_wsgi": {
        r"StartResponseTests\.test_(application|headers|write)": (
            "what is written is held back until the handler returns, and sent with its length"
        ),
    },
    "test_cgi": {},
    "test_distrib": {},
    "test_httpauth": {},
    "test_proxy": {},
    "test_resource": {},
    "test_util": {},
    "test_vhost": {},
}


@pytest.mark.parametrize("module", LEFT_OUT)
async def test_twisteds_own_tests_pass_where_they_apply(module: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    # They leave files where they are run.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.web.twisted_suite",
        module,
        env=environment,
        cwd=tmp_path,
        stdout=-1,
        stderr=-1,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    outcomes: dict[str, str] = json.loads(out)
    failed = {name: said for name, said in outcomes.items() if said not in {"ok", "skipped"}}
    unexplained = {
        name: said
        for name, said in failed.items()
        if not any(re.search(pattern, name) for pattern in LEFT_OUT[module])
    }
    assert unexplained == {}
    needless = [
        pattern
        for pattern in LEFT_OUT[module]
        if not any(re.search(pattern, name) for name in failed)
    ]
    assert needless == [] or (module == "test_static" and os.geteuid() != 0)
    assert len(outcomes) - len(failed) > 5
