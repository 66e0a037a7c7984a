"""The emulator's image for testcontainers-python, which `pip install northflank-emulator[testcontainers]` brings along.

    from emulator.testcontainers import NorthflankEmulatorContainer

    with NorthflankEmulatorContainer().with_fixture("three-pages") as container:
        environment = container.get_env("my-token")

No image is published: build it with `docker build --tag northflank-emulator .`, or name that of your registry.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any, Final, Self

try:
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy
except ModuleNotFoundError as missing:
    raise ImportError(f"{missing}; pip install 'northflank-emulator[testcontainers]' brings it.") from None

IMAGE: Final = "northflank-emulator:latest"
PORT: Final = 8080
"""The port in the container; the one outside is the engine's choice."""
READY: Final = r"Ready on http://\S+"
"""What the log has once requests are accepted, as text and as JSON."""
POLL_SECONDS: Final = 0.1
_PREFIX: Final = "NORTHFLANK_EMULATOR_"
_FOLDER: Final = PurePosixPath("/fixtures")


class NorthflankEmulatorContainer(DockerContainer):
    """A container of the emulator; `start()`, and so `with`, returns once it accepts requests.

    Args:
        image: the image, as the engine knows it.
        port: the port that the emulator listens on in the container.
        options: what `DockerContainer` takes.
    """

    def __init__(self, image: str = IMAGE, port: int = PORT, **options: Any) -> None:
        super().__init__(image, **options)
        self.port = port
        self._assumed: dict[str, str] = {}
        self._admin_token: str | None = None
        self.with_setting("port", str(port))
        self.with_exposed_ports(port)
        self.waiting_for(LogMessageWaitStrategy(READY).with_poll_interval(POLL_SECONDS))

    def with_setting(self, name: str, value: str) -> Self:
        """Set an option of `northflank-emulator serve`: `rate-limit` or `rate_limit` for `--rate-limit`."""
        self.with_env(_PREFIX + name.replace("-", "_").upper(), value)
        return self

    def with_fixture(self, fixture: str | Path) -> Self:
        """Start with a fixture: the name of one that the emulator has, or a file of yours as a `Path`.

        The file has to be on the engine's machine, and readable by others than you.
        """
        if isinstance(fixture, str):
            return self.with_setting("fixture", fixture)
        inside = str(_FOLDER / fixture.name)
        self.with_volume_mapping(str(fixture.resolve()), inside, "ro")
        return self.with_setting("fixture", inside)

    def with_assume(self, **choices: str) -> Self:
        """Switch assumed behaviour: `with_assume(duplicate_name="suffix")`; more calls add to it."""
        self._assumed.update({name.replace("_", "-"): choice for name, choice in choices.items()})
        return self.with_setting("assume", ",".join(f"{name}={choice}" for name, choice in self._assumed.items()))

    def with_admin_token(self, token: str) -> Self:
        """Open the control routes, which the image keeps closed otherwise, to those who have this token."""
        self._admin_token = token
        return self.with_setting("admin-token", token)

    def get_url(self) -> str:
        """Return the base URL as this program reaches it; only of a container that runs."""
        return f"http://{self.get_container_host_ip()}:{self.get_exposed_port(self.port)}"

    def get_env(self, token: str) -> dict[str, str]:
        """Return the environment variables that make the official Python SDK use the account of a bearer token.

        With an admin token those are among them that make the fixtures of pytest, and the commands, use this container.
        """
        from emulator.handle import Northflank

        url = self.get_url()
        variables = Northflank(url, token=token).env
        if self._admin_token is not None:
            variables |= {f"{_PREFIX}URL": url, f"{_PREFIX}ADMIN_TOKEN": self._admin_token}
        return variables
