"""Transform poems: python twisted-server-1/transformedpoetry.py --port 10001"""

from __future__ import annotations

from poetry_bundle.command_line import run_server, server_options
from poetry_bundle.transform import TransformFactory, TransformService


def main() -> None:
    options = server_options("Transform poems for others.").parse_args()
    run_server(TransformFactory(TransformService()), "transformations", options)


if __name__ == "__main__":
    main()
