"""`fsm serve-runtime`: a CRI runtime on a socket, for whatever wants to talk to one in a test."""

from __future__ import annotations

import secrets
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from fsm.cli.options import say, shared
from fsm.errors import FsmError

if TYPE_CHECKING:
    from fsm.kubelet import Image

PROFILES = ("everything", "containerd-1.6.20")  #: of `fsm.kubelet.cri.served_calls`, loaded when it is called
ENDINGS = (signal.SIGINT, signal.SIGTERM)


@click.command("serve-runtime")
@click.option("--listen", required=True, metavar="ENDPOINT", help="Where to listen: unix:///tmp/r.sock.")
@click.option("--image", "present", multiple=True, metavar="NAMES", help="An image that is there.")
@click.option("--pullable", multiple=True, metavar="NAMES", help="An image that can be pulled.")
@click.option("--logs", is_flag=True, help="Write log files, where the sandboxes say.")
@click.option("--profile", type=click.Choice(PROFILES), default="everything", help="Which calls are refused.")
@click.option("--seed", metavar="TEXT", help="Of the ids; if not said, other ones each time.")
@shared
def command(
    listen: str,
    present: tuple[str, ...],
    pullable: tuple[str, ...],
    logs: bool,
    profile: str,
    seed: str | None,
    detail: int,
    color: bool | None,  # noqa: ARG001 - nothing here is coloured
) -> int:
    """Serve a CRI runtime that behaves like containerd 1.6.20 and keeps everything in memory.

    For a kubelet, crictl, critest and clients of one's own, in runtime.v1 and runtime.v1alpha2; until SIGTERM
    or SIGINT. No process runs in it: a container runs until it is stopped, except that true, false, echo,
    sleep and an sh -c of them, with exit, end by themselves as they would.

    NAMES are one name or several of one image with commas between: app:1,app:latest, and maybe user=1000 or
    user=www-data, and size=BYTES. Images that are there can be removed and pulled again. Whatever else is
    pulled is not found.
    """
    try:
        from fsm.kubelet.cri.served_calls import profile_named
        from fsm.kubelet.cri.server import serve
    except ImportError as error:
        raise FsmError(f"fsm serve-runtime: {error}") from error
    from fsm.kubelet import KubeletError, MemoryImages, MemoryRuntime
    from fsm.kubelet.memory_logs import DiskLogs, NoLogs
    from fsm.kubelet.memory_programs import known_program

    here, elsewhere = _images("--image", present), _images("--pullable", pullable)
    _check_different([*here, *elsewhere])
    images = MemoryImages(here, registry=[*here, *elsewhere])
    seed = secrets.token_hex(4) if seed is None else seed
    runtime = MemoryRuntime(
        images,
        clock=time.time_ns,
        logs=DiskLogs() if logs else NoLogs(),
        programs=known_program,
        seed=f"{seed} ",
    )
    with _signals_wait():
        try:
            server = serve(runtime, images, listen, profile_named(profile))
        except KubeletError as error:
            raise FsmError(str(error)) from error
        with server:
            if detail >= 0:
                say(f"a runtime for tests, in which no process runs, listens at {listen}; --seed {seed}")
            if not here and not elsewhere:
                say("it has no image, so no container can be made: --image NAME")
            ending = signal.sigwait(ENDINGS)
    return 130 if ending == signal.SIGINT else 0


@contextmanager
def _signals_wait() -> Iterator[None]:
    """The signals that end the command wait until somebody asks for them, in every thread made meanwhile."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _images(option: str, texts: Sequence[str]) -> list[Image]:
    from fsm.kubelet import KubeletError
    from fsm.kubelet.memory_images import image_of

    try:
        return [image_of(text) for text in texts]
    except KubeletError as error:
        raise click.UsageError(f"{option}: {error}") from error


def _check_different(images: Sequence[Image]) -> None:
    """Two images of one name: nobody could say which is meant."""
    names = [name for image in images for name in (*image.repo_tags, *image.repo_digests)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise click.UsageError(f"{twice[0]} is the name of two images: give each name once.")
