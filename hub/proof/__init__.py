"""What the hub can prove: that its history is whole, and that source and books agree (V1, V2)."""

from hub.proof.comparing import read_period, reconcile
from hub.proof.verify import verify_history

__all__ = ["read_period", "reconcile", "verify_history"]
