"""`hub demo`: the main job from nothing, told step by step, on mock books and a made-up trading company."""

from hub.demo.run import run_demo

__all__ = ["run_demo"]
