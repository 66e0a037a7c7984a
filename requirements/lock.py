"""Regenerate the locks in this folder from pyproject.toml: `make lock` (`make lock ARGS=--upgrade` for newer versions).

- dev.txt: what `make test` and `make check` install, newest versions that the ranges allow;
- runtime.txt: the part of dev.txt that serving needs (`make serve`, the image);
- backend.txt: what builds the wheel in the image, as in dev.txt;
- oldest.txt: the oldest version of each direct dependency that the ranges allow, with the newest test tools.

Each holds for every Python from 3.11 on every platform and carries the hash of every file.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = "3.11"
EXTRAS = ("conformance", "testcontainers")


def compile_lock(output: str, *options: str) -> None:
    """Write requirements/<output>; versions already in it stay unless --upgrade is given."""
    command = ["uv", "pip", "compile", "--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes"]
    # With its extra, as pip would look for the newest version of `coverage[toml]` if only `coverage` were locked.
    command += ["--no-strip-extras"]
    command += ["--no-config", "--no-emit-index-url", "--no-emit-find-links", "--no-annotate", "--quiet"]
    command += ["--custom-compile-command", "make lock", "--output-file", f"requirements/{output}"]
    subprocess.run([*command, *options, *sys.argv[1:]], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def oldest_direct() -> list[str]:
    """The runtime dependencies with each lower bound turned into a pin."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ranges = [*project["dependencies"], *(line for extra in EXTRAS for line in project["optional-dependencies"][extra])]
    return [re.sub(r">=([^,;]+)(,[^;]+)?", r"==\1", requirement) for requirement in ranges]


def main() -> None:
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    compile_lock("dev.txt", "pyproject.toml", "--group", "dev", *extras)
    compile_lock("runtime.txt", "pyproject.toml", "--constraints", "requirements/dev.txt")
    compile_lock("backend.txt", "--group", "backend", "--constraints", "requirements/dev.txt")
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder, "oldest.in")
        pins.write_text("\n".join(oldest_direct()) + "\n", encoding="utf-8")
        groups = ("--group", "test", "--group", "backend")
        compile_lock("oldest.txt", "pyproject.toml", *groups, *extras, "--constraints", str(pins))


if __name__ == "__main__":
    main()
