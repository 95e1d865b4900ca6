"""Serve the poem of another server: python twisted-server-1/poetry-proxy.py --port 10001 10000"""

from __future__ import annotations

from poetry_bundle.command_line import address, run_server, server_options
from poetry_bundle.proxy import PoetryProxyFactory, ProxyService


def main() -> None:
    parser = server_options("Serve the poem of another server, which is asked for it once.")
    parser.add_argument("upstream", type=address, help="[host:]port of the other server")
    options = parser.parse_args()
    host, port = options.upstream
    run_server(PoetryProxyFactory(ProxyService(host, port)), f"the poem of {host}:{port}", options)


if __name__ == "__main__":
    main()
