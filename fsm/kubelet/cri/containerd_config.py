"""The configuration of a containerd that shares nothing with others on its machine and reaches no network."""

from .containerd_directory import Directory

__all__ = ["BUSYBOX", "BUSYBOX_2", "PAUSE", "USER", "config_of", "hosts"]

PAUSE = "local.test/pause:1"
BUSYBOX, BUSYBOX_2 = "local.test/busybox:1", "local.test/busybox:2"
USER = "local.test/user:1"  #: whose containers run as 1000 unless they are told otherwise

DISCARD = "http://127.0.0.1:9"  #: the port of the discard service, closed everywhere


def hosts() -> str:
    """`hosts.toml` of a registry that cannot be reached: a pull is refused at once, and never leaves here."""
    return f'server = "{DISCARD}"\n[host."{DISCARD}"]\n  capabilities = ["pull", "resolve"]\n'


def config_of(directory: Directory, snapshotter: str, version: tuple[int, ...]) -> str:
    """`config.toml`.

    Args:
        directory: below which everything is kept.
        snapshotter: `overlayfs` or `native`.
        version: of containerd, such as `(1, 6, 20)`; the plugins have other names from 2.0 on.

    Two settings are not obvious. `restrict_oom_score_adj`: where root lacks CAP_SYS_RESOURCE no sandbox can
    be made without. `disable_apparmor`: in most containers the profile could not be loaded.
    """
    common = f"""
root = "{directory.root}"
state = "{directory.state}"
temp = "{directory.path}/temp"
imports = []
[grpc]
  address = "{directory.socket}"
[ttrpc]
  address = "{directory.socket}.ttrpc"
[plugins."io.containerd.internal.v1.opt"]
  path = "{directory.path}/opt"
"""
    runc = f"""
  runtime_type = "io.containerd.runc.v2"
[plugins."{{cri}}".containerd.runtimes.runc.options]
  Root = "{directory.state}/runc"
"""
    cni = f"""
  bin_dir = "{directory.path}/cni"
  conf_dir = "{directory.path}/cni"
"""
    safe = """
  disable_apparmor = true
  restrict_oom_score_adj = true
"""
    if version < (2,):
        cri = "io.containerd.grpc.v1.cri"
        return f"""version = 2
{common}
[plugins."{cri}"]
  sandbox_image = "{PAUSE}"
{safe}
[plugins."{cri}".cni]
{cni}
[plugins."{cri}".registry]
  config_path = "{directory.path}/registries"
[plugins."{cri}".containerd]
  snapshotter = "{snapshotter}"
[plugins."{cri}".containerd.runtimes.runc]
{runc.format(cri=cri)}
"""
    cri, images = "io.containerd.cri.v1.runtime", "io.containerd.cri.v1.images"
    return f"""version = 3
{common}
[plugins."io.containerd.nri.v1.nri"]
  disable = true
[plugins."{images}"]
  snapshotter = "{snapshotter}"
[plugins."{images}".pinned_images]
  sandbox = "{PAUSE}"
[plugins."{images}".registry]
  config_path = "{directory.path}/registries"
[plugins."{cri}"]
{safe}
[plugins."{cri}".cni]
{cni}
[plugins."{cri}".containerd.runtimes.runc]
{runc.format(cri=cri)}
"""
