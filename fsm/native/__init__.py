"""The native engine: the inner loops compiled by numba, for any spec, once.

What is here may import numpy and numba; nothing else in `fsm` does. It comes with the extra `fast`.
"""
