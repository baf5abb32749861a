"""The main job with a made-up company: told from nothing by `hub demo`, or set up to be looked at on the page."""

from hub.demo.names import COMPANY
from hub.demo.run import run_demo
from hub.demo.tour import set_up_tour

__all__ = ["COMPANY", "run_demo", "set_up_tour"]
