"""The specs that come with `fsm`; README.md beside this file lists them."""
