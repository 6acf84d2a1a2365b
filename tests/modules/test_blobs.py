"""Objects between steps: what is written comes back, and what does not fit is refused by name."""

from __future__ import annotations

import os
from importlib.metadata import version

import pytest

from drawloom.errors import InputError
from drawloom.modules.blobs import Blob, read_blob, write_blob

from .running import failure, memory, opened, run, whole
from .samples import cars


def _bytes(blob: Blob) -> bytes:
    fd = memory()
    assert write_blob(blob, fd) == os.fstat(fd).st_size
    return whole(fd)


def _refused(content: bytes, kind: str = "trained-model") -> InputError:
    with opened(content) as fd, pytest.raises(InputError) as caught:
        read_blob(fd, kind, "model")
    assert caught.value.code == "0082"
    assert "ort 'model'" in caught.value.message
    return caught.value


def test_an_object_comes_back_with_its_facts() -> None:
    blob = Blob("trained-model", {"weights": [1.5, None]}, ("scikit-learn",), {"learner": "linear"})
    with opened(_bytes(blob)) as fd:
        os.lseek(fd, 3, os.SEEK_SET)
        assert read_blob(fd, "trained-model", "model") == blob
        assert os.lseek(fd, 0, os.SEEK_CUR) == 3, "other children share the descriptor's offset"


def test_another_version_of_a_library_is_refused_with_both_versions() -> None:
    here = version("scikit-learn")
    content = _bytes(Blob("trained-model", 1, ("scikit-learn",))).replace(here.encode(), b"0.9.1")
    assert _refused(content).message == (
        f"A trained model at port 'model' was made with scikit-learn 0.9.1; here is {here}."
    )


def test_a_library_that_is_not_here_is_named() -> None:
    content = _bytes(Blob("trained-model", 1, ("scikit-learn",))).replace(b'"scikit-learn"', b'"no-such-lib"')
    assert _refused(content).message.endswith("here is no such library.")


def test_the_versions_are_compared_before_the_object_is_opened() -> None:
    content = _bytes(Blob("trained-model", 1, ("scikit-learn",))).replace(
        version("scikit-learn").encode(), b"0.9.1"
    )
    assert "0.9.1" in _refused(content[:-1] + b"?").message


def test_another_kind_of_object_is_refused() -> None:
    said = _refused(_bytes(Blob("transformation", 1))).message
    assert said == "Port 'model' takes a trained model, but a transformation arrives there."


@pytest.mark.parametrize("damage", [lambda content: content[:-3], lambda content: content[:25]])
def test_a_damaged_object_is_refused(damage) -> None:  # type: ignore[no-untyped-def]
    assert "cut or damaged" in _refused(damage(_bytes(Blob("trained-model", list(range(9)))))).message


def test_anything_else_is_no_object() -> None:
    assert "not a drawloom object" in _refused(b"PK\x03\x04").message


def test_a_transformation_whose_module_is_gone_says_so() -> None:
    learnt = run("normalize-data", {"columns": ["price"]}, dataset=cars()).files["transformation"]
    gone = learnt.replace(b"normalize_data.work:rescale", b"normalize_data.work:descale")
    error = failure("apply-transformation", transformation=gone, dataset=cars())
    assert error.code == "0082"
    assert "descale, which is not here" in error.message
