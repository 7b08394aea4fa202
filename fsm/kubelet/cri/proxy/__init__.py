"""A proxy between any kubelet and any runtime: it records every call, and lets some of them fail.

Bytes go through as they are, in both directions; what is known of the CRI is read for the record only. The
layers, each importing only from those above it:

    reading  journal  connections
    rules
    names  chaos
    rulebook  passage
    forwarding
    relay
    background

    from fsm.kubelet.cri.proxy.background import Proxy

    with Proxy("unix:///tmp/p.sock", "unix:///run/containerd/containerd.sock", record="calls.jsonl") as proxy:
        proxy.add("CreateContainer#2 drop_reply")
"""
