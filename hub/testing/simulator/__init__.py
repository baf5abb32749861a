"""The real engine in a made-up world: driven by a seed through crashes, lost replies and late landings, then judged.

`docs/proof.md` tells what is simulated, what is not, and how to read a failure. Start reading at `play.py`.
"""
