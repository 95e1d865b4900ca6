"""Serve a poem at once: python twisted-server-1/fastpoetry.py --port 10000 poetry/ecstasy.txt"""

from __future__ import annotations

from poetry_bundle.command_line import poetry_file, run_server, server_options
from poetry_bundle.protocol import PoetryFactory
from poetry_bundle.service import PoetryService


def main() -> None:
    parser = server_options("Serve a poem as fast as the net is.")
    parser.add_argument("poetry_file", metavar="poetry-file", type=poetry_file)
    options = parser.parse_args()
    service = PoetryService(options.poetry_file)
    service.startService()
    run_server(PoetryFactory(service), options.poetry_file, options)


if __name__ == "__main__":
    main()
