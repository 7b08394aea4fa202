"""The kubelet's port and its runtime in memory, on the wire: the CRI over gRPC.

The only place where gRPC, protobuf and the CRI's stubs are imported; the extra `cri` installs them. The
layers, each importing only from those above it and from `fsm.kubelet`:

    endpoint  convert
    channel
    client

Import what you need from its module: `from fsm.kubelet.cri.client import connect`.
"""
