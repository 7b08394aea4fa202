"""Images made of a busybox: what is in the archive, and that it is always the same."""

import io
import json
import struct
import tarfile
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm.kubelet.cri.oci_image import OciImage, archive, is_static, layer

BOX, APPLETS = b"\x7fELF of a kind", ("sh", "sleep", "busybox", "cat")
ONE = OciImage("local.test/one:1", command=("/bin/sh",))
TWO = OciImage("local.test/two:2", entrypoint=("/bin/sleep", "9"), labels={"b": "2", "a": "1"}, user="1000")

names = st.lists(st.from_regex(r"local\.test/[a-z]{1,8}:[0-9]{1,3}", fullmatch=True), unique=True, max_size=4)


def files(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {one.name: (tar.extractfile(one).read() if one.isreg() else b"") for one in tar}  # type: ignore[union-attr]


def blob(there: dict[str, bytes], descriptor: dict[str, Any]) -> bytes:
    """What a descriptor names, its digest and size held to it."""
    digest = descriptor["digest"].removeprefix("sha256:")
    data = there[f"blobs/sha256/{digest}"]
    assert sha256(data).hexdigest() == digest
    assert len(data) == descriptor["size"]
    return data


@given(names)
def test_every_name_leads_to_a_config_and_to_the_one_layer(wanted: list[str]) -> None:
    there = files(archive([OciImage(name) for name in wanted], BOX, APPLETS))
    index = json.loads(there["index.json"])
    assert [one["annotations"]["io.containerd.image.name"] for one in index["manifests"]] == wanted
    for one in index["manifests"]:
        manifest = json.loads(blob(there, one))
        (content,) = manifest["layers"]
        config = json.loads(blob(there, manifest["config"]))
        assert blob(there, content) == layer(BOX, APPLETS)
        assert config["rootfs"]["diff_ids"] == [content["digest"]]  # it is not compressed
        assert (config["os"], config["architecture"]) == (
            one["platform"]["os"],
            one["platform"]["architecture"],
        )


def test_the_same_busybox_gives_the_same_archive_byte_by_byte() -> None:
    assert archive([ONE, TWO], BOX, APPLETS) == archive([ONE, TWO], BOX, tuple(reversed(APPLETS)))


def test_another_busybox_or_command_or_label_gives_another_image() -> None:
    def configs(*images: OciImage, box: bytes = BOX) -> set[str]:
        there = files(archive(images, box, APPLETS))
        manifests = [json.loads(blob(there, one)) for one in json.loads(there["index.json"])["manifests"]]
        return {manifest["config"]["digest"] for manifest in manifests}

    other = OciImage(ONE.name, command=("/bin/cat",))
    labelled = OciImage(ONE.name, command=("/bin/sh",), labels={"version": "2"})
    again = OciImage("local.test/again:1", command=("/bin/sh",))
    assert len(configs(ONE, other, labelled) | configs(ONE, box=b"another")) == 4
    assert len(configs(ONE, again)) == 1  # a second name of the same image


def test_a_config_says_what_was_told_and_nothing_that_was_not() -> None:
    assert ONE.config() == {"Env": ["PATH=/bin"], "WorkingDir": "/", "Cmd": ["/bin/sh"]}
    assert TWO.config() == {
        "Env": ["PATH=/bin"],
        "WorkingDir": "/",
        "Entrypoint": ["/bin/sleep", "9"],
        "Labels": {"a": "1", "b": "2"},
        "User": "1000",
    }


def test_the_layer_is_a_root_file_system_with_a_link_for_each_command() -> None:
    with tarfile.open(fileobj=io.BytesIO(layer(BOX, APPLETS))) as tar:
        entries = {one.name: one for one in tar}
        assert {name for name, one in entries.items() if one.issym()} == {"bin/sh", "bin/sleep", "bin/cat"}
        assert {one.linkname for one in entries.values() if one.issym()} == {"busybox"}
        assert entries["bin/busybox"].mode == 0o755
        assert entries["tmp"].mode == 0o1777
        assert {(one.mtime, one.uid, one.gid) for one in entries.values()} == {(0, 0, 0)}
        assert tar.extractfile("bin/busybox").read() == BOX  # type: ignore[union-attr]


def elf(wide: bool, order: str, kinds: list[int]) -> bytes:
    """A program's headers alone, as elf(5) lays them out."""
    head = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2]) + bytes(10)
    start, size = (64, 56) if wide else (52, 32)
    words, halves = ("Q", "I") if wide else ("I", "I")
    head += struct.pack(f"{order}HHI{words}{words}{words}{halves}", 2, 62, 1, 0, start, 0, 0)
    head += struct.pack(f"{order}6H", start, size, len(kinds), 0, 0, 0)
    return head + b"".join(struct.pack(f"{order}I", kind).ljust(size, b"\0") for kind in kinds)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("wide", [True, False])
@given(kinds=st.lists(st.integers(0, 8), max_size=6))
def test_a_program_is_static_unless_it_asks_for_an_interpreter(
    wide: bool, order: str, kinds: list[int]
) -> None:
    program = elf(wide, order, kinds).ljust(64, b"\0")
    assert is_static(program) == (3 not in kinds)


@given(st.binary(max_size=80), st.booleans())
def test_what_is_no_program_is_not_static_and_no_surprise(data: bytes, magic: bool) -> None:
    assert is_static(b"\x7fELF" + data if magic else data) in (True, False)
    assert not is_static(b"#!" + data)


def test_a_program_that_is_cut_off_is_not_static() -> None:
    whole = elf(True, "<", [1, 1, 1])
    assert is_static(whole)
    assert not is_static(whole[:-40])
