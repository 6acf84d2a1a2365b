"""The script bundle: a zip unpacked under ``Script Bundle``, importable, with its old Windows names."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass

from drawloom.errors import InputError, LimitError
from drawloom.script.arena import BUNDLE

MAX_ENTRIES = 20_000
MAX_BYTES = 2 * 1024**3
MAX_RATIO = 200
_RATIO_FROM_BYTES = 64 * 1024**2
_MAX_NAME_BYTES = 255
_MAX_LINKS = 8192
_SITE_PACKAGES_DEPTH = 3
_LITTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    info: zipfile.ZipInfo


def unpack(fd: int, workdir: str, siblings: Iterable[str] = ()) -> list[str]:
    r"""Unpack a bundle into the working directory.

    Parameters
    ----------
    fd
        The zip, open for reading; the caller closes it.
    workdir
        Where ``Script Bundle`` is made, with links such as ``Script Bundle\data.csv`` beside it: names with
        backslashes, which old scripts open, are plain file names here.
    siblings
        The names of modules that travel with the script; one that is called ``src`` keeps its name.

    Returns
    -------
    list of str
        Folders to import from: the bundle, its single top folder unless that is a package, and any
        ``site-packages`` up to three levels down.

    Raises
    ------
    InputError
        0102 if it is no zip, is damaged or encrypted; 0150 if it holds something that no bundle may.
    """
    with os.fdopen(os.dup(fd), "rb") as file:
        file.seek(0)
        try:
            with zipfile.ZipFile(file) as archive:
                entries = _check(archive, os.fstat(fd).st_size)
                target = os.path.join(workdir, BUNDLE)
                os.makedirs(target, exist_ok=True)
                for entry in entries:
                    _extract(archive, entry, target)
        except zipfile.BadZipFile as error:
            raise _unreadable(f"The bundle is not a zip, or is damaged: {error}") from error
    names = [entry.name for entry in entries]
    own = {name.partition("/")[0].removesuffix(".py") for name in siblings}
    _lay_links(names, workdir, [BUNDLE] if "src" in own else [BUNDLE, "src"])
    return _import_paths(names, os.path.join(workdir, BUNDLE))


def _check(archive: zipfile.ZipFile, size: int) -> list[_Entry]:
    """Look at every name before anything is written."""
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise _refused(f"The bundle holds {len(infos)} files; {MAX_ENTRIES} are allowed")
    total = sum(info.file_size for info in infos)
    if total > MAX_BYTES:
        raise _refused(f"The bundle unpacks to {total // 1024**2} MiB; {MAX_BYTES // 1024**2} are allowed")
    if total > _RATIO_FROM_BYTES and total > MAX_RATIO * max(size, 1):
        raise _refused(f"The bundle unpacks to {total // max(size, 1)} times its size, as zip bombs do")
    entries: list[_Entry] = []
    kinds: dict[str, bool] = {}
    for info in infos:
        name = _safe_name(info)
        if not name or any(part in _LITTER for part in name.split("/")):
            continue
        mode = info.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            kind = "a link" if stat.S_ISLNK(mode) else "a special file"
            raise _refused(f"The bundle holds {name!r}, which is {kind}")
        if info.flag_bits & 0x1:
            raise _unreadable(f"The bundle holds {name!r}, which is encrypted")
        folder = info.is_dir() or info.filename.endswith("\\")
        if name in kinds and not (folder and kinds[name]):
            raise _refused(f"The bundle holds {name!r} twice")
        kinds[name] = folder
        entries.append(_Entry(name, info))
    for name in list(kinds):
        for parent in _parents(name):
            if kinds.setdefault(parent, True) is False:
                raise _refused(f"The bundle holds {parent!r} both as a file and as a folder")
    return entries


def _safe_name(info: zipfile.ZipInfo) -> str:
    """Give the name with forward slashes, or refuse it; Windows archivers write backslashes."""
    raw = info.orig_filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            raw = raw.encode("cp437").decode("utf-8")
    name = raw.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    shown = repr(raw)[:300]
    if "\0" in raw:
        raise _refused(f"The bundle holds a name with a NUL, {shown}")
    if name.startswith("/") or (len(name) > 1 and name[1] == ":" and name[0].isalpha()):
        raise _refused(f"The bundle holds an absolute name, {shown}")
    if ".." in parts:
        raise _refused(f"The bundle holds a name that leads out of it, {shown}")
    if any(len(part.encode("utf-8", "surrogatepass")) > _MAX_NAME_BYTES for part in parts):
        raise InputError(
            f"The bundle holds a name that is too long, {shown}.", code="0146", remedy="Shorten it."
        )
    return "/".join(parts)


def _parents(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _extract(archive: zipfile.ZipFile, entry: _Entry, target: str) -> None:
    place = os.path.join(target, *entry.name.split("/"))
    if entry.info.is_dir() or entry.info.filename.endswith("\\"):
        os.makedirs(place, exist_ok=True)
        return
    os.makedirs(os.path.dirname(place), exist_ok=True)
    try:
        with archive.open(entry.info) as source, open(place, "xb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
    except Exception as error:  # a damaged file fails in the ways of its compression
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise LimitError(
                f"The bundle does not fit into the working directory: {entry.name!r} is too large.",
                code="0039",
            ) from error
        raise _unreadable(f"{entry.name!r} in the bundle cannot be unpacked: {error}") from error
    if (entry.info.external_attr >> 16) & stat.S_IXUSR:
        os.chmod(place, stat.S_IRWXU)


def _lay_links(names: list[str], workdir: str, roots: list[str]) -> None:
    r"""Make ``Script Bundle\x`` and ``src\x`` in the working directory lead into the bundle.

    Scripts of old say ``.\Script Bundle\model.pkl``. On Linux that is one file name of the working directory,
    so a link of that name makes every function that opens files understand it. ``src`` is what the bundle was
    called in the documentation, after the R module.
    """
    if os.sep == "\\":
        return
    folders = {parent for name in names for parent in _parents(name)}
    places = sorted({"", *folders, *names}, key=lambda name: (name.count("/"), name))
    laid = 0
    for place in places:
        goal = os.path.join(BUNDLE, *place.split("/")) if place else BUNDLE
        ends = ("", "\\") if place in folders or not place else ("",)
        for root in roots:
            for start in ("", ".\\"):
                for end in ends:
                    link = start + "\\".join([root, *place.split("/")] if place else [root]) + end
                    path = os.path.join(workdir, link)
                    if len(link.encode("utf-8", "surrogatepass")) > _MAX_NAME_BYTES or os.path.lexists(path):
                        continue
                    os.symlink(goal, path)
                    laid += 1
        if laid > _MAX_LINKS:
            return


def _import_paths(names: list[str], target: str) -> list[str]:
    paths = [target]
    tops = {name.split("/")[0] for name in names}
    if len(tops) == 1:
        top = tops.pop()
        if any(name.startswith(f"{top}/") for name in names) and f"{top}/__init__.py" not in names:
            paths.append(os.path.join(target, top))
    found = {
        parent
        for name in names
        for parent in _parents(name)
        if parent.endswith("site-packages")
        and parent.split("/")[-1] == "site-packages"
        and parent.count("/") <= 3
    }
    for folder in sorted(found):
        path = os.path.join(target, *folder.split("/"))
        if path not in paths:
            paths.append(path)
    return paths


def _refused(what: str) -> InputError:
    return InputError(f"{what}.", code="0150", remedy="Make the zip again without it.")


def _unreadable(what: str) -> InputError:
    return InputError(f"{what.rstrip('.')}.", code="0102", remedy="Make a plain zip, without a password.")
