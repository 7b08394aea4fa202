"""Images for tests, made of a static busybox alone: an OCI archive, as `ctr images import` reads it.

The archive is the same, byte by byte, for the same busybox: no times, no compression, no random names. So an
image's id is the same in every run on a machine, and neither a registry nor a network is needed. The formats
are those of the OCI's image specification 1.0: image-layout.md, manifest.md, config.md, layer.md.
"""

import io
import json
import platform
import struct
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

__all__ = ["OciImage", "archive", "is_static", "layer"]

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}  #: Go's names of a machine
FOLDERS = ("bin", "dev", "etc", "proc", "root", "run", "sys", "tmp")
USERS = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"
GROUPS = "root:x:0:\nnobody:x:65534:\n"
EPOCH = "1970-01-01T00:00:00Z"
INTERPRETER = 3
TYPE = "application/vnd.oci.image"


@dataclass(frozen=True)
class OciImage:
    """One image: a name and what its containers run.

    Args:
        name: with a tag, such as `local.test/busybox:1`.
        command: what runs where the container's configuration names no command.
        entrypoint: what the command, or the container's arguments, are arguments of.
        labels: of the image; two images of the same commands and labels have the same id.
        user: who runs, such as `1000` or `nobody`; empty for root.
    """

    name: str
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    user: str = ""

    def config(self) -> dict[str, Any]:
        """The image's configuration, in the names of the OCI's image specification."""
        told = {
            "Env": ["PATH=/bin"],
            "WorkingDir": "/",
            "Entrypoint": list(self.entrypoint),
            "Cmd": list(self.command),
            "Labels": dict(sorted(self.labels.items())),
            "User": self.user,
        }
        return {key: value for key, value in told.items() if value}


def archive(images: Sequence[OciImage], busybox: bytes, applets: Sequence[str]) -> bytes:
    """The images as one OCI archive; they share their only layer.

    Args:
        images: each with a name of its own.
        busybox: the program, statically linked.
        applets: the commands that it has, as `busybox --list` prints them.

    Example:
        >>> images = [OciImage("local.test/busybox:1", command=("/bin/sh",))]
        >>> made = archive(images, b"a program", ["sh", "sleep"])
        >>> made == archive(images, b"a program", ["sh", "sleep"])
        True
        >>> tarfile.open(fileobj=io.BytesIO(made)).getnames()[:2]
        ['oci-layout', 'index.json']
    """
    blobs: dict[str, bytes] = {}

    def blob(data: bytes, kind: str) -> dict[str, Any]:
        digest = sha256(data).hexdigest()
        blobs[digest] = data
        return {"mediaType": f"{TYPE}.{kind}", "digest": f"sha256:{digest}", "size": len(data)}

    content = blob(layer(busybox, applets), "layer.v1.tar")
    machine = {"architecture": ARCHITECTURES.get(platform.machine(), platform.machine()), "os": "linux"}
    manifests = []
    for image in images:
        config = {
            "created": EPOCH,
            **machine,
            "config": image.config(),
            "rootfs": {"type": "layers", "diff_ids": [content["digest"]]},
            "history": [{"created": EPOCH, "created_by": "busybox"}],
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": f"{TYPE}.manifest.v1+json",
            "config": blob(_json(config), "config.v1+json"),
            "layers": [content],
        }
        names = {
            "io.containerd.image.name": image.name,
            "org.opencontainers.image.ref.name": image.name.rpartition(":")[2],
        }
        manifests.append(
            {**blob(_json(manifest), "manifest.v1+json"), "platform": machine, "annotations": names}
        )
    files = {
        "oci-layout": _json({"imageLayoutVersion": "1.0.0"}),
        "index.json": _json({"schemaVersion": 2, "manifests": manifests}),
        **{f"blobs/sha256/{digest}": data for digest, data in blobs.items()},
    }
    return _tar(_file(name, data) for name, data in files.items())


def layer(busybox: bytes, applets: Sequence[str]) -> bytes:
    """The root file system as a tar: busybox, a link for each of its commands, users and groups."""
    entries = [(_entry(name, tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755), b"") for name in FOLDERS]
    entries.append(_file("bin/busybox", busybox, 0o755))
    for applet in sorted(set(applets) - {"busybox"}):
        link = _entry(f"bin/{applet}", tarfile.SYMTYPE, 0o777)
        link.linkname = "busybox"
        entries.append((link, b""))
    entries += [_file("etc/passwd", USERS.encode()), _file("etc/group", GROUPS.encode())]
    return _tar(entries)


def is_static(program: bytes) -> bool:
    """Whether a program is an ELF file that asks for no interpreter, and so runs where nothing else is.

    elf(5): the program headers' place, size and number are in the file's header; type 3 is PT_INTERP.

    Example:
        >>> is_static(b"#!/bin/sh")
        False
    """
    if program[:4] != b"\x7fELF" or len(program) < 64:
        return False
    order = "<" if program[5] == 1 else ">"
    wide = program[4] == 2  # 64 bits
    (start,) = struct.unpack_from(f"{order}{'Q' if wide else 'I'}", program, 32 if wide else 28)
    size, count = struct.unpack_from(f"{order}HH", program, 54 if wide else 42)
    if size < 4 or start + size * count > len(program):  # cut off, or no program after all
        return False
    kinds = {struct.unpack_from(f"{order}I", program, start + size * place) for place in range(count)}
    return (INTERPRETER,) not in kinds


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _entry(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)  # its time is 0, and root owns it
    entry.type, entry.mode = kind, mode
    return entry


def _file(name: str, data: bytes, mode: int = 0o644) -> tuple[tarfile.TarInfo, bytes]:
    entry = _entry(name, tarfile.REGTYPE, mode)
    entry.size = len(data)
    return entry, data


def _tar(entries: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for entry, data in entries:
            tar.addfile(entry, io.BytesIO(data))
    return raw.getvalue()
