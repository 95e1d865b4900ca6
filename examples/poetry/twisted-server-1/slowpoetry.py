"""Serve a poem slowly: python twisted-server-1/slowpoetry.py --num-bytes 30 poetry/ecstasy.txt"""

from __future__ import annotations

from poetry_bundle.command_line import (
    number_of_bytes,
    poetry_file,
    run_server,
    seconds,
    server_options,
)
from poetry_bundle.slow import SlowPoetryFactory


def main() -> None:
    parser = server_options("Serve a poem slowly, to any number of readers at once.")
    parser.add_argument(
        "--num-bytes", type=number_of_bytes, default=10, help="how many bytes at once: 10"
    )
    parser.add_argument(
        "--delay", type=seconds, default=0.7, help="how many seconds between them: 0.7"
    )
    parser.add_argument("poetry_file", metavar="poetry-file", type=poetry_file)
    options = parser.parse_args()
    poem = options.poetry_file.read_bytes()
    factory = SlowPoetryFactory(poem, options.num_bytes, options.delay)
    run_server(factory, options.poetry_file, options)


if __name__ == "__main__":
    main()
