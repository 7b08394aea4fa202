"""The kubelet: what it does, as specs, with their conformance suites and readers of recordings."""
