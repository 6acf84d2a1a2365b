"""From requirements to a lock, with uv; what is wrong with a requirement is told as the user wrote it."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from drawloom.environment import base, room, walls
from drawloom.environment.lock import Lock, pins_of
from drawloom.environment.requirement import checked
from drawloom.environment.settings import HOSTS, OFFLINE, SOURCE_BUILDS, Settings
from drawloom.errors import DrawloomError, InputError

_UNKNOWN = re.compile(r"(?:Because|and|And because) ([A-Za-z0-9._-]+) was not found in the package registry")
_NO_VERSION = re.compile(r"there (?:is|are) no versions? of ([A-Za-z0-9._-]+)(\S*)")
_NO_WHEEL = re.compile(r"[`(]?([A-Za-z0-9._-]+)(?:==\S+)? has no (?:usable )?wheels")
_NO_BUILD = re.compile(r"Wheels are required for `([^`]+)`")


def resolve(requirements: Sequence[str], settings: Settings, *, stamp: str | None = None) -> Lock:
    """Lock packages for this interpreter.

    What drawloom itself needs is locked along, at the version this interpreter has wherever the packages
    asked for allow that; then it need not be built again.

    Parameters
    ----------
    requirements
        `name`, `name>=1.0`, ...
    stamp
        Leave out what was published later; now by default.

    Raises
    ------
    InputError
        A package or version that does not exist, no wheel of it, a conflict, no network.
    """
    asked = checked(requirements)
    stamp = stamp or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    preferred = "".join(f"{name}=={version}\n" for name, version in base.installed().items())
    with room.of(settings) as (folder, draft):
        (draft / "requirements.in").write_text("\n".join([*asked, *base.requirements()]) + "\n")
        (draft / "requirements.txt").write_text(preferred)
        (draft / "uv.toml").write_text(base.described())
        for file in draft.iterdir():
            walls.give(file)
        inside = f"{walls.ROOM}/{draft.relative_to(folder)}"
        words = ["pip", "compile", "--quiet", "--config-file", f"{inside}/uv.toml"]
        words += ["--generate-hashes", "--no-header", "--no-annotate"]
        words += ["--python", sys.executable, "--exclude-newer", stamp, *switches(settings)]
        words += [f"{inside}/requirements.in", "--output-file", f"{inside}/requirements.txt"]
        said = walls.run(words, folder, settings, network=not settings.offline, timeout_seconds=300.0)
        if said.status != 0:
            raise explain(said, asked, settings)
        pins = pins_of((draft / "requirements.txt").read_text().splitlines())
    return Lock(asked, stamp, f"{sys.version_info[0]}.{sys.version_info[1]}", pins)


def switches(settings: Settings) -> list[str]:
    """Give the options that every command of uv gets."""
    words = [] if settings.source_builds else ["--no-build"]
    return [*words, "--offline"] if settings.offline else words


def explain(said: walls.Said, asked: Sequence[str], settings: Settings) -> DrawloomError:
    """Turn what uv said into what the user is told."""
    text = " ".join(re.sub(r"^(error|cause|hint): ?", "", line.strip()) for line in said.stderr.splitlines())
    text = re.sub(r"\s+", " ", text.replace("/room/", "")).strip()
    own = f"Asked for: {', '.join(asked)}." if len(asked) > 1 else ""
    without_wheel = _NO_BUILD.search(text) or _NO_WHEEL.search(text)
    if without_wheel:
        name = without_wheel[1].partition("==")[0]
        return InputError(
            f"The package {name} has no wheel for this Python and machine. uv: {text}",
            code="0003",
            remedy="Ask for another version or package. An operator can have it built from source, "
            f"behind walls: {SOURCE_BUILDS}=1.",
        )
    if settings.offline and ("network was disabled" in text or "offline" in text.lower()):
        return InputError(
            f"Not everything that is asked for was fetched before, and {OFFLINE} is set. uv: {text}",
            code="0030",
            remedy=f"Unset {OFFLINE} once, with a network.",
        )
    if said.refused:
        hosts = ", ".join(f"{host}:{port}" for host, port in sorted(said.refused))
        return InputError(
            f"The package index sends to {hosts}, which a build may not reach. uv: {text}",
            code="0030",
            remedy=f"If that is where your index keeps its files, the operator adds the host to {HOSTS}.",
        )
    unknown = _UNKNOWN.search(text)
    if unknown:
        return InputError(
            f"There is no package {unknown[1]} in the index. uv: {text}",
            code="0003",
            remedy="Is its name right? The name to import and the name of the package often differ.",
        )
    version = _NO_VERSION.search(text)
    if version:
        return InputError(
            f"There is no version {version[1]}{version[2]} in the index. uv: {text}",
            code="0003",
            remedy="Ask for a version that exists, or for none.",
        )
    if "No solution found" in text:
        return InputError(
            f"No set of packages fits everything that is asked for. uv: {text}",
            code="0003",
            remedy=f"{own} Loosen a version. Drawloom needs {', '.join(base.requirements())}.".strip(),
        )
    return InputError(
        f"uv could not do it: {text or f'it ended with {said.status} and said nothing'}",
        code="0030",
        remedy="Is the package index reachable?" if "fetch" in text or "connect" in text.lower() else own,
    )
